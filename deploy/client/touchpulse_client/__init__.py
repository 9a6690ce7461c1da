"""Reports customer-experience events to a Touchpulse gateway."""

from .aio import AsyncClient
from .client import Client
from .delivery import Rejected
from .errors import ClientError, InvalidEvent, SpoolBroken, SpoolFull, SpoolInUse

__all__ = ["AsyncClient", "Client", "ClientError", "InvalidEvent", "Rejected", "SpoolBroken", "SpoolFull", "SpoolInUse"]
