"""Read an ONNX file as a protocol buffer, without onnxruntime.

    bytes of an .onnx file --fields--> number and content of each field
                           --stored_metadata--> the metadata properties

A protocol buffer is a sequence of numbered fields (https://protobuf.dev/programming-guides/encoding/). The numbers are
those of onnx.proto3 of ONNX 1.16.
"""

from collections.abc import Iterator

__all__ = ["fields", "stored_metadata"]

_METADATA = 14  # of ModelProto
_KEY, _VALUE = 1, 2  # of StringStringEntryProto
_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5  # wire types


def stored_metadata(content: bytes) -> dict[str, str]:
    """The metadata properties of a model: key -> JSON, as `polate.model.onnx_file.metadata_texts`.

    Raises `ValueError` for content that is no ONNX file.
    """
    try:
        entries = [dict(fields(part)) for number, part in fields(memoryview(content)) if number == _METADATA]
        return {bytes(entry[_KEY]).decode(): bytes(entry[_VALUE]).decode() for entry in entries}
    except (IndexError, KeyError, OverflowError) as error:
        raise ValueError("not an ONNX file, or cut off") from error


def fields(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The number and the content of each field that holds bytes. Raises `IndexError` if the last one is cut off."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire_type = key >> 3, key & 7
        if wire_type == _BYTES:
            size, at = _varint(data, at)
            if at + size > len(data):
                raise IndexError
            yield number, data[at : at + size]
            at += size
        elif wire_type == _VARINT:
            _, at = _varint(data, at)
        elif wire_type in (_FIXED_64, _FIXED_32):
            at += 8 if wire_type == _FIXED_64 else 4
        else:
            raise IndexError


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and the place behind it."""
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at
        if shift > 63:
            raise IndexError
