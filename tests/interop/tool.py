# SPDX-License-Identifier: LGPL-2.1-or-later
"""tool - our codec (wire-tool) as seen from Python."""
from __future__ import annotations

import json
import subprocess
from typing import Any

from codec import Segments, as_json


class Tool:
    def __init__(self, program: str) -> None:
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(request) + '\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, 'wire-tool ended'
        answer = json.loads(line)
        assert 'unknown' not in answer, f'no record {answer["unknown"]}'
        return answer  # type: ignore[no-any-return]

    def decode(self, name: str, bytes_: Segments) -> dict[str, Any]:
        return self.ask(op='decode', type=name, bytes=[[text.hex(), times] for text, times in bytes_])

    def match(self, name: str, value: Any, bytes_: Segments) -> dict[str, Any]:
        return self.ask(op='match', type=name, value=as_json(value), bytes=[[text.hex(), times] for text, times in bytes_])

    def encode(self, name: str, value: Any) -> dict[str, Any]:
        return self.ask(op='encode', type=name, value=as_json(value))

    def types(self) -> list[str]:
        return self.ask(op='types')['types']  # type: ignore[no-any-return]

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        status = self.process.wait(20)
        assert status == 0, f'wire-tool ended with status {status}'
