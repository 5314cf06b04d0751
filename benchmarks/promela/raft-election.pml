/* A Raft election in ledger form, as `benchmarks.systems.raft_election`: the same state, one d_step
 * an action.
 *
 * spin -DMEMBERS=3 -DTERMS=4 -DCRASHES=1 -a raft-election.pml
 * FAULT: 1 votes twice, 2 forgets its vote in a crash. At most 3 members and 4 terms.
 */
#ifndef MEMBERS
#define MEMBERS 3
#endif
#ifndef TERMS
#define TERMS 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef FAULT
#define FAULT 0
#endif

#define FOLLOWER 0
#define CANDIDATE 1
#define LEADER 2
#define NOBODY MEMBERS

#define BIT(m) (1 << (m))
#define HAS(set, m) (((set) >> (m)) & 1)
/* The record of term t begins with index t - 1. */
#define GRANTED(t, voter) granted[((t) - 1) * MEMBERS + (voter)]

#if MEMBERS == 3
#define VOTES(t, m) \
	(HAS(GRANTED(t, 0), m) + HAS(GRANTED(t, 1), m) + HAS(GRANTED(t, 2), m))
#else
#define VOTES(t, m) (HAS(GRANTED(t, 0), m) + HAS(GRANTED(t, 1), m))
#endif

bool up[MEMBERS] = true;
byte role[MEMBERS];
byte term[MEMBERS];
byte vote[MEMBERS] = NOBODY;
byte asked[TERMS];              /* candidates, as bits */
byte granted[TERMS * MEMBERS];  /* candidates, as bits */
byte led[TERMS];                /* leaders, as bits */
byte left = CRASHES;

#if FAULT == 1
#define FREE(other) (vote[_pid] != other && role[_pid] == FOLLOWER)
#else
#define FREE(other) (vote[_pid] == NOBODY)
#endif

#define GRANT(t, other) \
	:: d_step { up[_pid] && HAS(asked[t - 1], other) \
		&& (term[_pid] < t || (term[_pid] == t && FREE(other))) -> \
		term[_pid] = t; role[_pid] = FOLLOWER; vote[_pid] = other; \
		GRANTED(t, _pid) = GRANTED(t, _pid) | BIT(other) }

#define FOLLOW(t) \
	:: d_step { up[_pid] && led[t - 1] \
		&& (term[_pid] < t || (term[_pid] == t && role[_pid] == CANDIDATE)) -> \
		if \
		:: term[_pid] < t -> vote[_pid] = NOBODY \
		:: else \
		fi; \
		term[_pid] = t; role[_pid] = FOLLOWER }

#if MEMBERS == 3
#define HEAR(t) GRANT(t, 0) GRANT(t, 1) GRANT(t, 2) FOLLOW(t)
#else
#define HEAR(t) GRANT(t, 0) GRANT(t, 1) FOLLOW(t)
#endif

active [MEMBERS] proctype member()
{
end:	do
	:: d_step { up[_pid] && role[_pid] != LEADER && term[_pid] < TERMS ->
		term[_pid]++; role[_pid] = CANDIDATE; vote[_pid] = _pid;
		asked[term[_pid] - 1] = asked[term[_pid] - 1] | BIT(_pid);
		GRANTED(term[_pid], _pid) = GRANTED(term[_pid], _pid) | BIT(_pid) }
	HEAR(1)
#if TERMS >= 2
	HEAR(2)
#endif
#if TERMS >= 3
	HEAR(3)
#endif
#if TERMS >= 4
	HEAR(4)
#endif
	:: d_step { up[_pid] && role[_pid] == CANDIDATE &&
		VOTES(term[_pid], _pid) > MEMBERS / 2 ->
		role[_pid] = LEADER;
		led[term[_pid] - 1] = led[term[_pid] - 1] | BIT(_pid);
		assert(led[term[_pid] - 1] == BIT(_pid)) }
	:: d_step { up[_pid] && left > 0 ->
		up[_pid] = false; role[_pid] = FOLLOWER;
#if FAULT == 2
		vote[_pid] = NOBODY;
#endif
		left-- }
	:: d_step { !up[_pid] -> up[_pid] = true }
	od
}
