from lingen import claims as claims
from lingen import experiments as experiments
from lingen import models as models
from lingen import population as population
from lingen import sims as sims
from lingen import theory as theory
from lingen.claims.checking import Budget as Budget
from lingen.claims.checking import check as check
from lingen.claims.claim import Claim as Claim
from lingen.claims.inference.sweeps import infer as infer
from lingen.claims.law_claim import LawClaim as LawClaim
from lingen.claims.verdict import Verdict as Verdict
from lingen.experiments.experiment import Experiment as Experiment
from lingen.experiments.experiment import Observable as Observable
from lingen.experiments.forecast import forecast as forecast
from lingen.experiments.parameters import real as real
from lingen.experiments.parameters import whole as whole
from lingen.experiments.parameters import word as word
from lingen.experiments.sweep import Options as Options
from lingen.experiments.sweep import sweep as sweep
from lingen.models import filters as filters
from lingen.scripts.plots.plot import plot as plot
from lingen.sims.engine.ensemble import ensemble as ensemble

__version__: str
