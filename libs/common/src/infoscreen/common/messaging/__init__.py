"""NATS JetStream for this system: topology, connection, publishing, consuming and reading back."""
