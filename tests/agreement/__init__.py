"""Agreement: on thousands of random small systems no engine contradicts the interpreter.

    truth       what is true of a system, by brute force over the interpreter
    judge       what is wrong with a verdict, given the truth
    engines     the engines, configured in every way that should make no difference
    cases       which random systems are looked at
    shrink      the smallest system that still shows a contradiction
    source      a system as Python text, ready to be pinned
    pinned      every disagreement that was ever found

`python -m tests.agreement` runs for as long as it is told to; see docs/agreement.md.
"""
