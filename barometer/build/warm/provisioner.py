"""Kernels from a server that has their libraries imported, as a kernel provisioner of Jupyter."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from barometer.build.warm.forked import Forked
from barometer.build.warm.processes import ADDRESS, DEFAULT

PROGRAM = ["-m", "ipykernel_launcher"]


class WarmProvisioner(LocalProvisioner):
    """Forks what ``python -m ipykernel_launcher`` would start; any other kernel is started as usual."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose sockets that only this user can reach; they need no encryption."""
        environment = dict(kwargs.pop("env", os.environ))
        address = environment.pop(ADDRESS, "")
        environment.pop(DEFAULT, None)  # the kernel sees what any other would
        self.address = address if self.kernel_spec.argv[1:3] == PROGRAM else ""
        if self.address and self.parent:
            self.parent.transport = "ipc"
            self.parent.ip = str(Path(self.address).with_name(self.kernel_id))
            kwargs["transport_encryption"] = "disabled"
        return await super().pre_launch(env=environment, **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel."""
        if not self.address:
            return await super().launch_kernel(cmd, **kwargs)
        self.cwd = kwargs.get("cwd") or str(Path.cwd())
        with open(os.devnull) as nothing:
            process = Forked(
                self.address,
                *cmd[2:],
                environment=kwargs["env"] | {"JPY_PARENT_PID": str(os.getpid())},
                folder=self.cwd,
                files=(nothing.fileno(), 1, 2),
            )
        self.process = process  # type: ignore[assignment]
        self.pid = self.pgid = process.pid
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and wait until it has ended, which takes no time: it can't refuse."""
        await super().kill(restart)
        if self.process:
            self.process.wait()
