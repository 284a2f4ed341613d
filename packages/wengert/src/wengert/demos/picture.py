"""The demo's picture: how large the gradients of each layer were, step by step."""

from __future__ import annotations

from pathlib import Path

from ..errors import MissingExtraError
from .digits import Report

__all__ = ["draw_norms"]


def draw_norms(report: Report, path: Path) -> None:
    """Write the norms that the node post-hooks logged, and the loss, as a PNG.

    Raises
    ------
    MissingExtraError
        Without Matplotlib.
    OSError
        If `path` cannot be written.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  (an extra)
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("the picture needs Matplotlib: pip install 'wengert[demo]'") from error
    figure = Figure(figsize=(9, 6), layout="constrained")
    FigureCanvasAgg(figure)
    norms, loss = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    for name, values in report.norms.items():
        norms.plot(values, label=name, linewidth=1)
    norms.plot(report.logits_norm, label="logits (retain_grad)", linewidth=1, linestyle=":")
    norms.set_yscale("log")
    norms.set_ylabel("norm of the gradient")
    norms.set_title("Gradients by layer, as node post-hooks saw them")
    norms.legend(loc="upper right", fontsize="small")
    loss.plot(report.loss, color="black", linewidth=1)
    loss.set_yscale("log")
    loss.set_ylabel("loss")
    loss.set_xlabel("step")
    figure.savefig(path, dpi=120)
