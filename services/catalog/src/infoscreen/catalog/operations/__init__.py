"""Figures for operators: converters, lanes, poison events, conversion statistics, and metrics of the tables."""
