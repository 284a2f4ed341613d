" The shop.
" Maintainer: A
scriptversion 4

source util.vim
runtime! plugin/till.vim
import autoload 'shop/late.vim'

" How many. {{{1
let g:shop_size = get(g:, 'size', 1)
let s:own = 1
let g:shop_size = 2
let g:list = [
      \ 'function! No()',
      \ ]

" Sells a coin,
" and another one. {{{2
function! shop#sell(coin, ...) abort range " {{{
  let g:inner = till#open#now(a:coin) " function! Not()
  function! s:Within() closure
  endfunction
  if 1 | echo "fu#no(" | endif
endfunction

fu s:Own(a, b = 2)
endf

command! -nargs=1 -complete=file Sell call shop#sell(<f-args>)

let text =<< trim END
  function! Here()
  endfunction
END

python3 << EOF
def there(a):
  pass
EOF

export def Typed(name: string, count: number = 1, ...rest: list<string>): bool
  return true
enddef
