import sys
from pathlib import Path

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:  # worker processes find the toy tasks as tests.runs.toys
    sys.path.insert(0, ROOT)
