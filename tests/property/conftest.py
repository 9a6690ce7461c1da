"""What the twins of the method share."""

from tests.kit.method import method_store

__all__ = ["method_store"]
