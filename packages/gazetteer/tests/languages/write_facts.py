"""Write the list of facts of samples anew, and their details: ``python write_facts.py [--details] FILE…``. Read the difference then."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from test_samples import details, facts, language_of

if __name__ == "__main__":
    for name in sys.argv[1:]:
        if name == "--details":
            continue
        sample = Path(name).resolve()
        Path(f"{name}.facts").write_text("\n".join(facts(sample, language_of(sample))) + "\n")
        if "--details" in sys.argv or Path(f"{name}.details").exists():
            Path(f"{name}.details").write_text("\n".join(details(sample, language_of(sample))) + "\n")
