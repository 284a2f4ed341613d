"""``torch.utils.checkpoint``: not there yet."""

from ..elsewhere import absent

checkpoint = absent("torch.utils.checkpoint.checkpoint")
checkpoint_sequential = absent("torch.utils.checkpoint.checkpoint_sequential")
create_selective_checkpoint_contexts = absent("torch.utils.checkpoint.create_selective_checkpoint_contexts")


class CheckpointPolicy:
    """x."""
