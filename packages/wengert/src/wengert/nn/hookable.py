"""The methods of `Module` that register hooks."""

from __future__ import annotations

from ..autograd.handles import RemovableHandle
from .module_hooks import Hook, ModuleHooks
from .state import StateHooks

__all__ = ["Hookable"]


class Hookable:
    """Base of `Module`: its hooks. When each fires is told in `wengert.nn.module_hooks`."""

    _hooks: ModuleHooks | None
    _state_hooks: StateHooks | None

    def _own_hooks(self) -> ModuleHooks:
        if self._hooks is None:
            self._hooks = ModuleHooks(self)
        return self._hooks

    def register_forward_pre_hook(self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False) -> RemovableHandle:
        """Call ``hook(module, args)`` before every forward; it may return new arguments.

        Parameters
        ----------
        hook : callable
            Returns None, a tuple of new positional arguments, or a single one.
        prepend : bool
            Whether it comes before the hooks of this kind that the module has.
        with_kwargs : bool
            Whether it is called as ``hook(module, args, kwargs)`` and returns None or ``(new_args, new_kwargs)``.

        Examples
        --------
        >>> import wengert as wg
        >>> from wengert import nn
        >>> layer = nn.ReLU()
        >>> handle = layer.register_forward_pre_hook(lambda module, args: args[0] * 10)
        >>> layer(wg.tensor([1.0, -1.0])).tolist()
        [10.0, 0.0]
        """
        return self._own_hooks().forward_pre.add(hook, prepend=prepend, with_kwargs=with_kwargs)

    def register_forward_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after every forward; it may return a new output.

        Parameters
        ----------
        hook : callable
            Returns None or what takes the place of the output.
        prepend : bool
            Whether it comes before the hooks of this kind that the module has.
        with_kwargs : bool
            Whether it is called as ``hook(module, args, kwargs, output)``.
        always_call : bool
            Whether it is called also when the forward raised an exception (with the output None then).

        Examples
        --------
        >>> import wengert as wg
        >>> from wengert import nn
        >>> layer = nn.ReLU()
        >>> handle = layer.register_forward_hook(lambda module, args, output: output + 1)
        >>> layer(wg.tensor([1.0, -1.0])).tolist()
        [2.0, 1.0]
        """
        return self._own_hooks().forward.add(hook, prepend=prepend, with_kwargs=with_kwargs, always_call=always_call)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` when the gradients of the outputs are there; it may return new ones.

        Examples
        --------
        >>> import wengert as wg
        >>> from wengert import nn
        >>> layer, x = nn.ReLU(), wg.tensor([1.0, -1.0], requires_grad=True)
        >>> handle = layer.register_full_backward_pre_hook(lambda module, grad_output: (grad_output[0] * 10,))
        >>> layer(x).sum().backward()
        >>> x.grad.tolist()
        [10.0, 0.0]
        """
        return self._own_hooks().backward_pre.add(hook, prepend=prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the inputs are there; it may return new ones.

        For an input that is no tensor or requires no gradient there is None. When no input requires a gradient the hook is
        called as soon as the gradients of the outputs are there, and must return None.

        Examples
        --------
        >>> import wengert as wg
        >>> from wengert import nn
        >>> layer, x = nn.ReLU(), wg.tensor([1.0, -1.0], requires_grad=True)
        >>> handle = layer.register_full_backward_hook(lambda module, grad_input, grad_output: (grad_output[0] * 7,))
        >>> layer(x).sum().backward()
        >>> x.grad.tolist()
        [7.0, 7.0]
        """
        return self._own_hooks().backward.add(hook, prepend=prepend)

    # -- around the state dictionary ---------------------------------------------------------------------------------
    def _own_state_hooks(self) -> StateHooks:
        if self._state_hooks is None:
            self._state_hooks = StateHooks()
        return self._state_hooks

    def register_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call ``hook(module, prefix, keep_vars)`` before ``state_dict()`` reads this module."""
        return self._own_state_hooks().read_pre.add(hook)

    def register_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` after it has; the hook changes the dictionary in place."""
        return self._own_state_hooks().read_post.add(hook)

    def register_load_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook` before the module is loaded; it may change the dictionary and the lists that it is given in place.

        Parameters
        ----------
        hook : callable
            ``hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)``.
        """
        return self._own_state_hooks().load_pre.add(hook)

    def register_load_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call ``hook(module, incompatible_keys)`` after it was; the hook may change the two lists in place."""
        return self._own_state_hooks().load_post.add(hook)
