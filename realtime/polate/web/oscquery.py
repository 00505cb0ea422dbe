"""The addresses of OSC as the tree of OSCQuery, with types, ranges and values, and the answers to its requests.

    ADDRESSES, values --AddressTree.node--> the node of a path --answer--> what a request asks for

Source: the OSCQuery proposal (github.com/Vidvox/OSCQueryProposal). ACCESS is 1 to read, 2 to write, 3 for both.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from polate.control.fields import FIELDS, MOTION_FIELDS, Field
from polate.osc.addresses import ADDRESSES, GET, SUBSCRIBE, UNSUBSCRIBE, Address, address_of

__all__ = ["AddressTree", "attribute", "host_info"]

Values = Mapping[str, Sequence[Any]]
Node = dict[str, Any]

_READ, _WRITE = 1, 2
_QUESTIONS = {GET, SUBSCRIBE, UNSUBSCRIBE}  # what the OSC process answers: they can be sent and have no value
_ATTRIBUTES = ("ACCESS", "CLIPMODE", "CONTENTS", "DESCRIPTION", "FULL_PATH", "RANGE", "TYPE", "VALUE")
_EXTENSIONS = ("ACCESS", "CLIPMODE", "DESCRIPTION", "RANGE", "TYPE", "VALUE", "LISTEN")
_AXIS = re.compile(r"(/polate/(?:z|motion|axis)/)1(/.+)?")
_FIELDS: dict[str, Field] = {address_of(field): field for field in FIELDS.values()} | {
    f"/polate/motion/1/{field.key}": field for field in MOTION_FIELDS.values()
}


def host_info(osc_host: str, osc_port: int) -> Node:
    """The answer to HOST_INFO."""
    info: Node = {"NAME": "Polate", "OSC_PORT": osc_port, "OSC_TRANSPORT": "UDP"}
    if osc_host not in ("0.0.0.0", "::"):
        info["OSC_IP"] = osc_host
    return info | {"EXTENSIONS": dict.fromkeys(_EXTENSIONS, True)}


class AddressTree:
    """The tree for a number of axes. ``clips``: positions beyond 0..1 are moved to the end, not refused."""

    def __init__(self, axes: int, *, clips: bool = True) -> None:
        self._clips = clips
        self._specs = {address: spec for spec in ADDRESSES for address in _numbered(spec, axes)}
        self._children: dict[str, dict[str, str]] = {"": {}}  # path without a last slash -> {name: path of the child}
        for address in self._specs:
            parts = address.split("/")
            for end in range(2, len(parts) + 1):
                parent, path = "/".join(parts[: end - 1]), "/".join(parts[:end])
                self._children.setdefault(parent, {})[parts[end - 1]] = path

    @property
    def addresses(self) -> Sequence[str]:
        """All addresses, with one for each axis."""
        return list(self._specs)

    def node(self, path: str, values: Values) -> Node | None:
        """The node of a path with all below it; None: there is no such path."""
        path = path.rstrip("/")
        children = self._children.get(path)
        spec = self._specs.get(path)
        if spec is None and children is None:
            return None
        node: Node = {"FULL_PATH": path or "/", "ACCESS": 0}
        if spec:
            node |= self._described(spec, values.get(path))
        if children:
            node["CONTENTS"] = {name: self.node(child, values) for name, child in children.items()}
        return node

    def _described(self, spec: Address, value: Sequence[Any] | None) -> Node:
        can_read = (spec.has_value or spec.maker is None) and spec.address not in _QUESTIONS
        can_write = spec.maker is not None or spec.address in _QUESTIONS
        tags = _tags(spec.types, value)
        node: Node = {
            "ACCESS": _READ * can_read + _WRITE * can_write,
            "TYPE": tags,
            "DESCRIPTION": f"{spec.doc} ({spec.arguments})",
        }
        ranges = [self._range(spec, place) for place in range(len(tags))]
        if any(ranges):
            node["RANGE"] = ranges
        if self._clips and spec.first_position is not None:
            node["CLIPMODE"] = ["both" if place >= spec.first_position else None for place in range(len(tags))]
        if can_read and value is not None:
            node["VALUE"] = list(value)
        return node

    @staticmethod
    def _range(spec: Address, place: int) -> Node | None:
        field = _FIELDS.get(spec.address)
        if field and field.choices:
            return {"VALS": list(field.choices)}
        if field and field.range and field.number:
            return {"MIN": field.range[0], "MAX": field.range[1]}
        if field and field.plain is bool:
            return {"VALS": [0, 1]}
        if spec.first_position is not None and place >= spec.first_position:
            return {"MIN": 0.0, "MAX": 1.0}
        return None


def attribute(node: Node, name: str) -> Node | None:
    """The answer to a request for one attribute. None: the node has none of this name (HTTP 204).

    Raises `KeyError` if there is no such attribute in the proposal that is answered here.
    """
    if name not in _ATTRIBUTES:
        raise KeyError(name)
    return {name: node[name]} if name in node else None


def _numbered(spec: Address, axes: int) -> Iterator[str]:
    match = _AXIS.fullmatch(spec.address)
    if match is None:
        yield spec.address
    else:
        yield from (f"{match[1]}{axis}{match[2] or ''}" for axis in range(1, axes + 1))


def _tags(types: str, value: Sequence[Any] | None) -> str:
    """A type tag for each argument. The value decides where the address takes numbers and words."""
    tags = [tag for tag in types if tag != "*"]
    if value is None:
        return "".join(tags)
    star = types.find("*")
    while star >= 0 and len(tags) < len(value):
        tags.insert(star, types[star - 1])
    return "".join(_tag(tag, each) for tag, each in zip(tags, value, strict=False))


def _tag(tag: str, value: Any) -> str:
    if isinstance(value, str):
        return "s"
    return ("i" if isinstance(value, int) else "f") if tag == "s" else tag
