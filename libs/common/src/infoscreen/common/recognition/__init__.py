"""What a file is, told out of the service's own process."""
