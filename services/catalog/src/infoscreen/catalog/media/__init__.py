"""Media and their conversions: queries, and the requests that start a conversion."""
