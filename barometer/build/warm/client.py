"""A client of a kernel that loses no time: it begins when the kernel is ready, not a while later."""

from __future__ import annotations

import math
import time
from queue import Empty

from jupyter_client.asynchronous import AsyncKernelClient

ANSWER, ECHO = 1.0, 0.2  # seconds until it is asked again; the channel of outputs may not be open at first


class PromptClient(AsyncKernelClient):
    """Waits for the kernel to say that it is idle; the library waits until it has been silent for 0.2 s."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return when the kernel has answered on both channels.

        Raises
        ------
        RuntimeError
            If it died, or did not answer within so many seconds.
        """
        end = time.monotonic() + (math.inf if timeout is None else timeout)
        while not await self._answers():
            if not await self.is_alive():
                raise RuntimeError("the kernel died before it was ready")
            if time.monotonic() > end:
                raise RuntimeError(f"the kernel was not ready within {timeout} seconds")

    async def _answers(self) -> bool:
        """Ask once, and read all that the kernel says up to the end of its answer."""
        asked, busy = self.kernel_info(), True
        try:
            while (reply := await self.get_shell_msg(timeout=ANSWER))["parent_header"].get("msg_id") != asked:
                pass
            while busy:
                said = await self.get_iopub_msg(timeout=ECHO)
                idle = said["content"].get("execution_state") == "idle"
                busy = not (idle and said["parent_header"].get("msg_id") == asked)
        except Empty:
            return False
        self._handle_kernel_info_reply(reply)
        return True
