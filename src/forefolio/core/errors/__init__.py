"""What can go wrong, as one tree.

ForefolioError
├── InputError              what was asked for is not well formed
│   ├── BadSettings         a component's settings do not validate
│   ├── BadStudy            a study's document does not validate
│   ├── BadTicker           a symbol is not one
│   ├── UnknownModel        no trained model has that id or alias
│   ├── BadConstraint       a constraint in words cannot be read
│   ├── TooMuchWork         it would take more time or memory than there is
│   └── UnclearName         a limit names what the market does not have, or two things at once
├── DataError               the market data cannot support what was asked
│   ├── BadFile             a file holds no prices that can be read
│   ├── DataChanged         the prices changed between the question and the work
│   ├── UnknownTicker       the source has no such asset
│   ├── SourceUnavailable   the source does not answer
│   │   ├── SourceRefused   its key is missing or wrong, or does not cover what was asked
│   │   ├── SourceLimited   as much was asked of it as may be, for now
│   │   ├── SourceResting   it failed several times, and is left alone for a minute
│   │   └── BadAnswer       what it answered is no table of prices
│   └── NotEnoughHistory    a window reaches further back than the data
├── OptimizationError       no portfolio came out of the optimiser
│   ├── Infeasible          no portfolio satisfies the constraints together
│   └── SolverFailed        the solver stopped without an answer
├── UnknownWeights          a strategy decided, and left out what to hold of something
├── LookAhead               a component used what was not yet known
├── NotTradable             a label starts before any order could trade
├── TaskFailed              a worker process did not finish a task
│   ├── WorkerDied          the process ended, twice, without an answer
│   ├── TaskTimeout         it took longer than it may
│   └── ClusterUnavailable  the Dask cluster is away, or computes with other code
├── StoreError              the database or an artefact cannot be used
│   ├── StoreUnavailable    it does not answer, or is not a database of ours
│   ├── DiskFull            nothing more can be written
│   ├── StoreBusy           another process holds it for too long
│   ├── StoreDamaged        the file of the database is damaged
│   ├── LeaseLost           the run belongs to somebody else by now, or was cancelled
│   ├── UnknownRun          there is no such run
│   ├── UnknownPortfolio    none is saved under that name
│   ├── UnknownAsk          nobody asked so
│   ├── UnknownSchedule     there is no schedule of that name
│   ├── ScheduleExists      there is one of that name already
│   ├── ResultGone          the result of a run was lost, or is of another version
│   ├── KeyReused           an idempotency key came with something else before
│   ├── OlderCode           a run waits for another version of this package
│   └── ComeAgain           there is no room for it just now
│       ├── QueueFull       as many runs wait as may
│       ├── SessionFull     as many runs of one session wait as may
│       └── VerifyingAlready  another report is being verified
├── RunTimeout              a run took longer than it may
├── OutOfMemory             a run took more memory than it may
├── MissingPackage          a library cannot be imported where it is needed
├── RunFailed               a run ended with an error, here or elsewhere
└── RunCancelled            somebody asked for the run to stop

Every error carries its data as attributes and a stable `code`. None of them knows HTTP.
"""

from forefolio.core.errors.asked import (
    BadConstraint,
    BadSettings,
    BadStudy,
    BadTicker,
    InputError,
    TooMuchWork,
    UnclearName,
    UnknownModel,
)
from forefolio.core.errors.base import ForefolioError
from forefolio.core.errors.data import (
    BadAnswer,
    BadFile,
    DataChanged,
    DataError,
    NotEnoughHistory,
    SourceLimited,
    SourceRefused,
    SourceResting,
    SourceUnavailable,
    UnknownTicker,
)
from forefolio.core.errors.deciding import (
    Infeasible,
    LookAhead,
    NotTradable,
    OptimizationError,
    SolverFailed,
    UnknownWeights,
)
from forefolio.core.errors.running import (
    ClusterUnavailable,
    ComeAgain,
    MissingPackage,
    OutOfMemory,
    QueueFull,
    RunCancelled,
    RunFailed,
    RunTimeout,
    SessionFull,
    TaskFailed,
    TaskTimeout,
    VerifyingAlready,
    WorkerDied,
)
from forefolio.core.errors.store import (
    DiskFull,
    KeyReused,
    LeaseLost,
    OlderCode,
    ResultGone,
    ScheduleExists,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreUnavailable,
    UnknownAsk,
    UnknownPortfolio,
    UnknownRun,
    UnknownSchedule,
)

__all__ = [
    "BadAnswer",
    "BadConstraint",
    "BadFile",
    "BadSettings",
    "BadStudy",
    "BadTicker",
    "ClusterUnavailable",
    "ComeAgain",
    "DataChanged",
    "DataError",
    "DiskFull",
    "ForefolioError",
    "Infeasible",
    "InputError",
    "KeyReused",
    "LeaseLost",
    "LookAhead",
    "MissingPackage",
    "NotEnoughHistory",
    "NotTradable",
    "OlderCode",
    "OptimizationError",
    "OutOfMemory",
    "QueueFull",
    "ResultGone",
    "RunCancelled",
    "RunFailed",
    "RunTimeout",
    "ScheduleExists",
    "SessionFull",
    "SolverFailed",
    "SourceLimited",
    "SourceRefused",
    "SourceResting",
    "SourceUnavailable",
    "StoreBusy",
    "StoreDamaged",
    "StoreError",
    "StoreUnavailable",
    "TaskFailed",
    "TaskTimeout",
    "TooMuchWork",
    "UnclearName",
    "UnknownAsk",
    "UnknownModel",
    "UnknownPortfolio",
    "UnknownRun",
    "UnknownSchedule",
    "UnknownTicker",
    "UnknownWeights",
    "VerifyingAlready",
    "WorkerDied",
]

for _name in set(__all__) - {"ForefolioError"}:  # tracebacks name where an error is imported from
    globals()[_name].__module__ = __name__
