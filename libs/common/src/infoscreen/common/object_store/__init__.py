"""Objects in S3-compatible storage, by generated keys only, from async code."""

from infoscreen.common.object_store.client import PART_SIZE_BYTES, translated_errors
from infoscreen.common.object_store.multipart import Digest
from infoscreen.common.object_store.presigner import PRESIGNED_SECONDS, Presigner, content_disposition
from infoscreen.common.object_store.store import ObjectStore, StoredObject

__all__ = [
    "PART_SIZE_BYTES",
    "PRESIGNED_SECONDS",
    "Digest",
    "ObjectStore",
    "Presigner",
    "StoredObject",
    "content_disposition",
    "translated_errors",
]
