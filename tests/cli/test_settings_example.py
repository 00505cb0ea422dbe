"""What docs/settings.md shows as a file."""

import json
import re
from pathlib import Path

from command import polate


def test_the_example_of_the_settings_page_is_a_settings_file(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs/settings.md").read_text()
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example
    (tmp_path / "polate.toml").write_text(example[1])
    shown = json.loads(polate("config", "show", str(tmp_path / "polate.toml")).stdout)
    assert shown["order"] == "pendulum"
    assert shown["motion"]["3"]["kind"] == "orbit"
    assert shown["path"] == {"axes": [1, 2], "points": [[0.2, 0.2], [0.8, 0.2], [0.5, 0.9]]}
