"""What the schema tester needs to know of our media types: they are bytes as they are."""
import schemathesis

TYPES = ("application/cose", "application/vnd.proviso.submission+cbor")
RECEIPTS = ("application/scitt-receipt+cose", "application/scitt-statement+cose")


@schemathesis.serializer(*TYPES)
def as_they_are(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.deserializer(*TYPES, *RECEIPTS, "text/event-stream")
def unread(ctx, response):
    return response.content
