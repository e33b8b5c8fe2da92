# Written by `make format` from the files of this folder, for editors.
from lingen.experiments import by_value as by_value
from lingen.experiments import cluster as cluster
from lingen.experiments import experiment as experiment
from lingen.experiments import extrapolation as extrapolation
from lingen.experiments import forecast as forecast
from lingen.experiments import from_data as from_data
from lingen.experiments import grid as grid
from lingen.experiments import image_pairs as image_pairs
from lingen.experiments import ladder as ladder
from lingen.experiments import library as library
from lingen.experiments import loading as loading
from lingen.experiments import parameters as parameters
from lingen.experiments import progress as progress
from lingen.experiments import provenance as provenance
from lingen.experiments import source as source
from lingen.experiments import store as store
from lingen.experiments import sweep as sweep
from lingen.experiments import symbols as symbols
from lingen.experiments import truths as truths
from lingen.experiments.experiment import Experiment

augmentation: Experiment
balanced_flow: Experiment
class_collapse: Experiment
convergence: Experiment
convolutional: Experiment
critics: Experiment
decoupling: Experiment
denoiser_combinations: Experiment
denoising: Experiment
disagreement: Experiment
discriminant: Experiment
distances: Experiment
entropic_transport: Experiment
equivariant: Experiment
finite_samples: Experiment
flow_batches: Experiment
flows: Experiment
gradient_coherence: Experiment
kinetic: Experiment
leakage: Experiment
local_denoisers: Experiment
matrix_tensor: Experiment
memorisation: Experiment
message_passing: Experiment
mode_interpolation: Experiment
monge_gap: Experiment
pretraining: Experiment
random_labels: Experiment
recovery: Experiment
refitting: Experiment
ridge_denoisers: Experiment
ridge_models: Experiment
spectral_entropy: Experiment
tangent_kernels: Experiment
