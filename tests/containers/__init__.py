"""The images and the Compose project for real, in Docker: `make test-containers`."""
