"""What the schema tester needs to know of our media types: they are bytes as they are."""
import schemathesis

TYPES = ("application/cose", "application/vnd.proviso.submission+cbor")


@schemathesis.serializer(*TYPES)
def as_they_are(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.deserializer(*TYPES, "text/event-stream")
def unread(ctx, response):
    return response.content
