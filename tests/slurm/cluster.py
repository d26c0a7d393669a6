"""A real SLURM of one node, for the tests: Debian's slurm-wlm and munge."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ETC = Path("/etc/slurm")
MUNGE_FILES = ("key-file", "socket", "pid-file", "log-file", "seed-file")
DAEMONS = ("munged", "slurmctld", "slurmd")
# Looked at often enough for jobs of seconds, and a dead node is missed within half a minute.
CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=5,batch_sched_delay=1
ReturnToService=2
SlurmdTimeout=20
KillWait=20
JobRequeue=1
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} {gres} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class Cluster:
    """One node, its daemons and what one asks them; its GPUs are devices that compute nothing."""

    def __init__(self, folder: Path, gpus: int = 0):
        """Write the configuration into `folder`, whose path must be short enough for a socket."""
        self.folder = folder
        for name in ("state", "spool"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "munge.key").write_bytes(secrets.token_bytes(128))
        (folder / "munge.key").chmod(0o400)
        (folder / "slurm.conf").write_text(
            CONF.format(
                folder=folder,
                host=socket.gethostname().partition(".")[0],
                user=os.environ.get("USER") or "root",
                cpus=os.cpu_count(),
                memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
                gres=f"Gres=gpu:{gpus}" if gpus else "",
                ctld_port=_free_port(),
                node_port=_free_port(),
            )
        )
        (folder / "gres.conf").write_text("".join(map(self._gpu, range(gpus))))
        for name in ("slurm.conf", "gres.conf"):
            _link(ETC / name, folder / name)

    def _gpu(self, index: int) -> str:
        device = self.folder / f"gpu{index}"
        subprocess.run(["mknod", device, "c", "1", "3"], check=True)
        return f"Name=gpu File={device}\n"

    def start(self, daemon: str) -> None:
        """Start a daemon; it puts itself into the background."""
        munge = [f"--{name}={self.folder}/munge.{name.partition('-')[0]}" for name in MUNGE_FILES]
        words = {"munged": ["--force", *munge], "slurmctld": ["-i"], "slurmd": []}[daemon]
        path = shutil.which(daemon, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        subprocess.run([str(path), *words], check=True)

    def kill(self, daemon: str) -> None:
        """Kill a daemon as a crash would, -9."""
        subprocess.run(["kill", "-9", self._pid(daemon)], check=False)

    def _pid(self, daemon: str) -> str:
        name = "munge" if daemon == "munged" else daemon
        return (self.folder / f"{name}.pid").read_text().strip()

    def ask(self, *words: str) -> str:
        """Return what one of SLURM's commands prints."""
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def kill_jobs(self) -> None:
        """Kill all that runs on the node, -9, without a word to the controller."""
        for step in psutil.process_iter(["name"]):
            if step.info["name"] == "slurmstepd":
                for process in [step, *step.children(recursive=True)]:
                    process.kill()

    def running(self, project: Path, rule: str) -> list[str]:
        """Return the ids of the running jobs of a project's rule."""
        lines = self.ask("squeue", "-h", "-t", "R", "-o", "%i %Z %k").splitlines()
        jobs = [line.split(maxsplit=2) for line in lines]
        return [job for job, place, words in jobs if place == str(project) and rule in words]

    def wait_for(self, there: Callable[[], object], seconds: float = 60) -> None:
        """Wait until something is true.

        Raises:
            TimeoutError: it is not after so many seconds.
        """
        end = time.monotonic() + seconds
        while not there():
            if time.monotonic() > end:
                raise TimeoutError(f"not within {seconds} s: see the logs in {self.folder}")
            time.sleep(0.2)

    def is_up(self) -> bool:
        """Return whether the node takes jobs."""
        return self.ask("sinfo", "-h", "-o", "%t") in ("idle", "mix", "alloc")


@contextmanager
def running_cluster(folder: Path, gpus: int = 0) -> Iterator[Cluster]:
    """Start a cluster, yield it once its node takes jobs, and stop it."""
    cluster = Cluster(folder, gpus)
    try:
        for daemon in DAEMONS:
            cluster.start(daemon)
        cluster.wait_for(cluster.is_up)
        yield cluster
    finally:
        for daemon in reversed(DAEMONS):
            cluster.kill(daemon)
        cluster.kill_jobs()


def _link(link: Path, target: Path) -> None:
    """Put a link where SLURM looks: the executor's jobs drop SLURM_CONF from their environment."""
    if link.exists() and not link.is_symlink():
        raise FileExistsError(f"{link} is there: this machine has a SLURM of its own.")
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
