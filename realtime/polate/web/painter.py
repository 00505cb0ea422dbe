"""Makes the pictures that pages have asked for, in a thread, at most ten times a second.

The map is coarse while the point moves, and fine when it rests.

state, planes --due?--> [thread: decode] --> strips, map, facts --> Hub
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from polate.errors import ModelError
from polate.model.decoder import Decoder
from polate.web.facts import Facts
from polate.web.hub import Hub
from polate.web.pictures import Plane, Strip, morph_strip, pad_plane, plane, strips

__all__ = ["COARSE", "FINE", "PICTURE_SECONDS", "Painter"]

PICTURE_SECONDS = 0.1
"""The shortest time between two pictures."""

COARSE, FINE = 48, 128
"""The number of points along a side of the map, while the point moves and after it has rested for `REST_SECONDS`."""

REST_SECONDS = 0.25

P = ParamSpec("P")
T = TypeVar("T")

_STEP = 1e-4  # a move of a position that is smaller changes no picture


class Painter:
    """One for all pages. Only one task awaits `paint`; only one thread uses the decoder."""

    def __init__(self, decoder: Decoder, facts: Facts, hub: Hub) -> None:
        self._decoder, self._facts, self._hub = decoder, facts, hub
        self._thread = ThreadPoolExecutor(1, "painter")
        self._strips_of: tuple[float, ...] = ()
        self._map_of: dict[
            tuple[int, int], tuple[Any, ...]
        ] = {}  # plane -> the other positions and the size of its picture
        self._facts_of: tuple[Any, ...] = ()
        self._pad_of: tuple[Any, ...] = ()
        self._seen: tuple[float, ...] = ()
        self._moved_seconds = 0.0

    async def paint(self) -> bool:
        """Make the pictures that are due. Returns whether finer ones are due when the point rests."""
        hub = self._hub
        positions = self._positions()
        if not hub.visitors or len(positions) != len(self._decoder.axes):
            return False
        now = time.monotonic()
        if positions != self._seen:
            self._seen, self._moved_seconds = positions, now
        rests = now - self._moved_seconds >= REST_SECONDS
        anew, hub.look_anew = hub.look_anew, False
        if anew:
            self._strips_of, self._map_of, self._pad_of = (), {}, ()
        await self._tell_facts(positions)
        await self._paint_strips(positions)
        for axes in {visitor.plane for visitor in hub.visitors if visitor.plane}:
            await self._paint_map(positions, *axes, FINE if rests else COARSE)
        await self._paint_pad()
        return not rests

    async def _in_thread(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*arguments, **named))

    def _positions(self) -> tuple[float, ...]:
        """The position of each axis with its motion, rounded to `_STEP`; empty while it is not known.

        It is 0..1, unless the point is beyond the end of a knob that does not move.
        """
        told = self._hub.told
        point = told.get("/polate/point", [])
        places = []
        for number, axis in enumerate(self._decoder.axes, 1):
            knob = told.get(f"/polate/z/{number}")
            value = told.get(f"/polate/axis/{number}") or knob
            if value is None:
                return ()
            is_at_end = value == knob and value[0] in (0.0, 1.0) and len(point) >= number
            place = axis.place(float(point[number - 1])) if is_at_end else float(value[0])
            places.append(round(place / _STEP) * _STEP)
        return tuple(places)

    async def _tell_facts(self, positions: Sequence[float]) -> None:
        text = str(self._hub.told.get("/polate/pattern", [""])[0])
        shown = (text, self._hub.tonic, tuple(positions))
        if shown != self._facts_of:
            self._facts_of = shown
            self._hub.tell_more(await self._in_thread(self._all_facts, *shown))

    def _all_facts(self, text: str, tonic: int, positions: Sequence[float]) -> dict[str, Any]:
        pattern = self._facts.of_pattern(text, tonic)
        return {key: pattern[key] for key in ("class", "spelled") if key in pattern} | self._facts.of_place(positions)

    async def _paint_strips(self, positions: tuple[float, ...]) -> None:
        visitors = [visitor for visitor in self._hub.visitors if visitor.wants_strips]
        if not visitors or positions == self._strips_of:
            return
        self._strips_of = positions
        try:
            painted = await self._in_thread(strips, self._decoder, positions)
        except ModelError:
            return
        message = {"t": "strips", "axes": [_strip(strip) for strip in painted]}
        for visitor in visitors:
            visitor.put_picture(message)

    async def _paint_map(self, positions: tuple[float, ...], x: int, y: int, size: int) -> None:
        others = tuple(place for axis, place in enumerate(positions) if axis not in (x, y))
        shown = (others, size)
        before = self._map_of.get((x, y))
        if before and before[0] == others and before[1] >= size:
            return
        self._map_of[x, y] = shown
        try:
            painted = await self._in_thread(plane, self._decoder, positions, x, y, size)
        except ModelError:
            return
        message = {"t": "map", "x": x, "y": y, **_picture(painted)}
        for visitor in self._hub.visitors:
            if visitor.plane == (x, y):
                visitor.put_picture(message)

    async def _paint_pad(self) -> None:
        corners = self._hub.corners
        visitors = [visitor for visitor in self._hub.visitors if visitor.wants_pad]
        if not visitors or len(corners) != 4 or corners == self._pad_of:
            return
        self._pad_of = corners
        try:
            painted = await self._in_thread(pad_plane, self._decoder, corners, COARSE * 2)
            strip = await self._in_thread(morph_strip, self._decoder, corners[0], corners[1])
        except ModelError:
            return
        for visitor in visitors:
            visitor.put_picture({"t": "pad", **_picture(painted)})
            visitor.put_answer({"t": "strips", "axes": [_strip(strip)]})


def _strip(strip: Strip) -> dict[str, Any]:
    return {
        "axis": strip.axis,
        "borders": [round(border, 4) for border in strip.borders],
        "texts": [pattern.text for pattern in strip.patterns],
    }


def _picture(painted: Plane) -> dict[str, Any]:
    height, width = painted.cells.shape
    return {
        "w": width,
        "h": height,
        "texts": [pattern.text for pattern in painted.patterns],
        "cells": painted.packed(),
    }
