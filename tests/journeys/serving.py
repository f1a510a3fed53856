"""The application on a real socket, in a thread of this process."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from newsletter.config import Settings
from newsletter.store.database import Database


class Served:
    """Listens from construction until `stop()`; bind first, so that the address is known when the parts are made."""

    def __init__(self, port: int = 0) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the port of one that was just stopped
        self._socket.bind(("127.0.0.1", port))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self, app: FastAPI) -> None:
        """Serve `app` and return once it answers (10 s at most)."""
        config = uvicorn.Config(app, log_config=None, lifespan="off", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()
        for _ in range(200):
            if self._server.started:
                return
            time.sleep(0.05)
        raise RuntimeError("the server did not start")

    def stop(self) -> None:
        """Stop serving and close the socket."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(10)
        self._socket.close()


def served_settings(served: Served, folder: Path, database: Database, *, smtp_url: str = "") -> Settings:
    """Return the settings of a whole service that is reached where `served` listens; mail leaves by `smtp_url`."""
    ways = {"smtp_url": smtp_url} if smtp_url else {}
    secret = "a secret for journeys, which is long enough"
    return Settings(
        data_dir=folder, database_url=database.url, base_url=served.url, secret_key=secret, _env_file=None, **ways
    )
