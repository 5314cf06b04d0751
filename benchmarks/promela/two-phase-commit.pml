/* Two-phase commit, as `tests.systems.two_phase_commit`: the same state, one d_step an action.
 *
 * spin -DMANAGERS=5 -a two-phase-commit.pml
 */
#ifndef MANAGERS
#define MANAGERS 5
#endif
#define ALL ((1 << MANAGERS) - 1)

#define WORKING 0
#define PREPARED 1
#define COMMITTED 2
#define ABORTED 3

byte state[MANAGERS];
byte coordinator;     /* WORKING until it decides */
short heard, said;    /* managers, as bits */
bool commit_sent, abort_sent;
short committed, aborted; /* managers, as bits; a copy of what state says, for the assertion */

active [MANAGERS] proctype manager()
{
end:	do
	:: d_step { state[_pid] == WORKING ->
		state[_pid] = PREPARED; said = said | (1 << _pid) }
	:: d_step { state[_pid] == WORKING ->
		state[_pid] = ABORTED; aborted = aborted | (1 << _pid); assert(!committed) }
	:: d_step { commit_sent && state[_pid] != COMMITTED ->
		state[_pid] = COMMITTED; committed = committed | (1 << _pid);
		aborted = aborted & ~(1 << _pid); assert(!aborted) }
	:: d_step { abort_sent && state[_pid] != ABORTED ->
		state[_pid] = ABORTED; aborted = aborted | (1 << _pid);
		committed = committed & ~(1 << _pid); assert(!committed) }
	:: d_step { coordinator == WORKING && (said & ~heard & (1 << _pid)) ->
		heard = heard | (1 << _pid) }
	od
}

active proctype decide()
{
end:	do
	:: d_step { coordinator == WORKING && heard == ALL ->
		coordinator = COMMITTED; commit_sent = true }
	:: d_step { coordinator == WORKING ->
		coordinator = ABORTED; abort_sent = true }
	od
}
