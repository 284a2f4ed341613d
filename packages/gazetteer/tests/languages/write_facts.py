"""Write the list of facts of samples anew: ``python write_facts.py FILE…``. Read the difference before it is committed."""

import sys
from pathlib import Path

from test_samples import facts, language_of

if __name__ == "__main__":
    for name in sys.argv[1:]:
        sample = Path(name).resolve()
        Path(f"{name}.facts").write_text("\n".join(facts(sample, language_of(sample))) + "\n")
