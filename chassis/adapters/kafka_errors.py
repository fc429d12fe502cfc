"""Which errors of aiokafka mean that Kafka is away, and the sentence for each: all of them may pass by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import errors as kafka

from chassis.errors import Unavailable

_RIGHTS = (
    kafka.TopicAuthorizationFailedError,
    kafka.GroupAuthorizationFailedError,
    kafka.ClusterAuthorizationFailedError,
)
_SIZE = (kafka.MessageSizeTooLargeError, kafka.RecordTooLargeError, kafka.RecordListTooLargeError)


@contextmanager
def translated() -> Iterator[None]:
    """Raises Unavailable for what is_away, everything else as it is."""
    try:
        yield
    except Exception as error:
        if not is_away(error):
            raise
        raise unavailable(error) from error


def is_away(error: BaseException) -> bool:
    """Whether Kafka, or what lies between, is the reason: OSError includes TLS, TimeoutError our own bounds."""
    return isinstance(error, kafka.KafkaError | OSError | TimeoutError)


def unavailable(error: BaseException) -> Unavailable:
    """Says what an operator can do where there is something to do."""
    if isinstance(error, _RIGHTS):
        return Unavailable("Kafka does not let the user of RCDM_EVENTS do this; grant it on the topics and groups.")
    if isinstance(error, _SIZE):
        return Unavailable("Kafka's topic takes no events of 1 MB; raise its max.message.bytes to 1048588.")
    # A wrong password, too: aiokafka says only in its log why it found no broker.
    return Unavailable("Kafka does not answer, or does not let us in.")
