# Written by `make format` from the files of this folder, for editors.
from lingen.models import bayesian as bayesian
from lingen.models import covariance as covariance
from lingen.models import descent as descent
from lingen.models import diagnostics as diagnostics
from lingen.models import empirical as empirical
from lingen.models import filter_base as filter_base
from lingen.models import filters as filters
from lingen.models import images as images
from lingen.models import learning as learning
from lingen.models import networks as networks
from lingen.models import observables as observables
from lingen.models import population as population
from lingen.models import posterior as posterior
from lingen.models import precision as precision
from lingen.models import samplers as samplers
from lingen.models import schedules as schedules
from lingen.models import systems as systems
