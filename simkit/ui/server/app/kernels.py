"""The kernels of the app: one to a page, so many at a time, and no longer than they are needed."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

from jupyter_server import CallContext
from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.auth.identity import User
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError
from traitlets import Int

MOST = 8
"""How many kernels there are at a time by default: they and the server take about a gigabyte."""
LEFT_S = 20
"""How long a kernel is kept whose page is gone. A page that is closed ends its kernel itself; this
is for one that crashed, or was closed before it was there."""
IDLE_S = 30 * 60
"""How long a kernel is kept that nobody has asked anything, with a page or without."""
LOOK_S = 5
"""How often kernels are looked at."""


class Kernels(AsyncMappingKernelManager):
    """So many kernels at a time, each with the session that opened it."""

    most = Int(MOST, config=True, help="How many kernels there are at most.")

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)  # type: ignore[no-untyped-call]
        self._starting: set[str] = set()
        self._owners: dict[str, str] = {}
        self._needed: dict[str, float] = {}
        """When a kernel was last seen with a page or at work."""

    async def start_kernel(self, **how: Any) -> str:  # type: ignore[override]
        """Start a kernel for the session of the page that is being served; 503 when all are taken.

        Between the look at the number and the entry in the list others may not come in.
        """
        if len(self._starting.union(self.list_kernel_ids())) >= self.most:
            raise HTTPError(503)
        kernel_id = str(uuid4())
        self._starting.add(kernel_id)
        page: JupyterHandler = CallContext.get(CallContext.JUPYTER_HANDLER)
        self._owners[kernel_id] = page.current_user.username
        try:
            await super().start_kernel(kernel_id=kernel_id, **how)
        except BaseException:
            del self._owners[kernel_id]
            raise
        finally:
            self._starting.remove(kernel_id)
        return kernel_id

    def remove_kernel(self, kernel_id: str) -> Any:
        """Forget a kernel that has ended."""
        self._owners.pop(kernel_id, None)
        self._needed.pop(kernel_id, None)
        return super().remove_kernel(kernel_id)

    def belongs(self, kernel_id: str, user: User) -> bool:
        """Say whether the session opened the kernel."""
        return self._owners.get(kernel_id) == user.username

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End a kernel whose page is gone, or that has been idle for long."""
        if kernel_id not in self:
            return  # while another one was ended
        if self._is_left(kernel_id):
            await self.shutdown_kernel(kernel_id)  # type: ignore[no-untyped-call]
        else:
            await super().cull_kernel_if_idle(kernel_id)  # type: ignore[no-untyped-call]

    def _is_left(self, kernel_id: str) -> bool:
        """Say whether a kernel has long been without a page and without work."""
        kernel = self.kernel_model(kernel_id)  # type: ignore[no-untyped-call]
        now = time.monotonic()
        if kernel["connections"] or kernel["execution_state"] in ("starting", "busy"):
            self._needed[kernel_id] = now
        return now - self._needed.setdefault(kernel_id, now) > LEFT_S


class OwnKernels(Authorizer):
    """Lets a session have the kernels that it opened, and no others."""

    def is_authorized(
        self, handler: JupyterHandler, user: User, action: str, resource: str
    ) -> bool:
        kernels = handler.settings["kernel_manager"]
        kernel_id = handler.path_kwargs.get("kernel_id") or handler.path_args[0]
        if not kernels.belongs(kernel_id, user):
            raise HTTPError(404)  # whether there is such a kernel is not said
        return True
