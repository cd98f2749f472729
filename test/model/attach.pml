// SPDX-License-Identifier: Apache-2.0
// Attach on behalf of: the click is the proof (protocols.md §2). Every interleaving of everybody who takes part,
// searched completely by Spin. README.md says which function of the code each part stands for, and what is left out.
//
// One user, one certificate, one load balancer: pair SHOP. A *click* is the user's signed request for a listener with
// the certificate. Its number is its place in the order of signing: that is the truth which dates only report.

#ifndef MUTANT
#define MUTANT none
#endif
#ifndef BESIDES
#define BESIDES none  // A second one, where either of two guards is enough.
#endif
#define OFF(guard) (MUTANT == guard || BESIDES == guard)  // Is it switched off? Each stands where it matters.

mtype = { none,                               // The design as it is; what protocols.md §2 names; what the code adds.
  create_not_atomic, delete_not_atomic, authorise_then_fetch, not_bound_to_certificate, not_bound_to_resource,
  no_fence, fence_when_presented, service_suffices,
  digest_not_checked, user_not_judged, same_second_passes, fence_goes_back, fence_only_what_is_there,
  first_answer_for_ever, late_detach_ends, late_by_date_only, replica_decides, detach_not_claimed, detach_date_kept,
  ahead_not_noted };

#ifndef CLICKS
#define CLICKS   2
#endif
#ifndef AHEAD
#define AHEAD    0   // May the user's clock be a day ahead of the services'? 1: what it signs may pass the honest
                     // service by; 2: that has seen each click, and noted its date; 3: 1, and the known limit counts.
#endif
#ifndef LATE
#define LATE     1   // May a request arrive after its sender has given it up?
#endif
#define LAST_DAY 3   // Dates are coarse: much happens on one day, as much happens in one second.
#define VERSIONS 2   // Of the certificate.

#define NOBODY        0  // In place of a click: the service asks without one.
#define SHOP          0  // A pair: the user's certificate and load balancer …
#define FOREIGN_CERT  1  // … another's certificate on it …
#define FOREIGN_LB    2  // … and the user's certificate on another's load balancer. No click names these two.
#define PAIRS         3

mtype = { ACTIVE, PENDING_DELETION, DELETED };  // The certificate.
mtype = { NONE, ATTACHED, DETACHING };          // The product's row of the pair.

byte today = 1;
byte clicks;                    // How many the user has signed.
byte dated[CLICKS + 1];

// What certificates knows.
mtype state = ACTIVE;
byte version = 1;
bit association[PAIRS];
byte made[PAIRS];               // The day of the association …
byte clicked[PAIRS];            // … and the date of the newest click for it.
byte fence[PAIRS];              // Evidence dated up to here is dead.
bit used[CLICKS + 1];           // The evidence that is kept.

// What the load balancer service knows of SHOP.
mtype row = NONE;
bit use;

byte noted;                     // The latest date of a click that was ahead.

// Its detach on the way, and one that was given up and may still arrive. Signed when (0: none), after which click, and
// up to which date of clicks it reaches.
byte sent, sent_after, sent_reach, late, late_after, late_reach;
bit answered;

// Truth, for the invariants only.
byte dead_to;                   // Clicks up to this one were signed before a detach that has happened.
bit started[CLICKS + 1];        // This click has started an association.
byte entitled;                  // The newest version that an association has covered.
bit tony_detached;              // He may: it takes authority away.

// ---- Certificates: attach ------------------------------------------------------------------------------------------

// An association starts only by a click that names the pair, signed after the last detach, used for the first time, by
// a user who was allowed when it was presented.
inline start(click, pair, allowed, date) {
  assert(click != NOBODY && pair == SHOP);  // I3: a click that names the pair
  assert(click > dead_to || AHEAD == 1);    // I3: signed after the last detach
  assert(!started[click]);                  // I3: used once
  assert(allowed);                          // I3: by a user who may
  started[click] = 1;
  association[pair] = 1;
  made[pair] = today;
  clicked[pair] = date;
  if :: entitled < version -> entitled = version :: else fi
}

// Presented: the evidence speaks for itself, identity for the user, whose rights come and go as they like.
inline present(click, pair, allowed, date, ok) {
  if :: allowed = 1 :: allowed = 0 fi;
  ok = (click == NOBODY -> OFF(service_suffices) :
        (allowed || OFF(user_not_judged)) &&
        (pair != FOREIGN_CERT || OFF(not_bound_to_certificate)) &&
        (pair != FOREIGN_LB || OFF(not_bound_to_resource)) &&
        (state == ACTIVE || !OFF(create_not_atomic)));
  date = (OFF(fence_when_presented) || click == NOBODY -> today : dated[click])
}

// Attached, or not: one transaction, so what must hold at this very moment is looked at here.
inline commit(click, pair, allowed, date, ok) {
  if
  :: !OFF(no_fence) && (date < fence[pair] || date == fence[pair] && !OFF(same_second_passes)) ->
    ok = 0; printf("  certificates refuses: signed on day %d, and the fence is at day %d\n", date, fence[pair])
  :: else ->
    if
    :: used[click] && !OFF(digest_not_checked) ->
      if
      :: association[pair] || OFF(first_answer_for_ever) ->
        printf("  certificates gives the first answer again, without a second effect\n")
      :: else -> ok = 0; printf("  certificates refuses: what the click had made has ended\n")  // MUTANT: a second guard
      fi
    :: else ->
      if
      :: state != ACTIVE && !OFF(create_not_atomic) ->
        ok = 0; printf("  certificates refuses: the certificate is being deleted\n")
      :: else ->
        used[click] = (click != NOBODY);
        if
        :: association[pair] ->
          printf("  certificates keeps the click; the pair is associated already\n");
          if :: clicked[pair] < date -> clicked[pair] = date :: else fi
        :: else ->
          printf("  certificates associates pair %d by click %d\n", pair, click);
          start(click, pair, allowed, date)
        fi
      fi
    fi
  fi
}

// ---- Certificates: detach and deletion -----------------------------------------------------------------------------

// `reach` is the date up to which the sender knows of clicks that were ahead; else that of the request.
inline end(pair, day, reach, ok) {
  ok = (made[pair] <= day && (clicked[pair] <= reach || OFF(late_by_date_only)) || OFF(late_detach_ends));
  if
  :: !ok -> printf("  but the association is younger than that request\n")
  :: else ->
    if
    :: (fence[pair] < reach || OFF(fence_goes_back)) && (association[pair] || !OFF(fence_only_what_is_there)) ->
      fence[pair] = reach
    :: else
    fi;
    association[pair] = 0; made[pair] = 0; clicked[pair] = 0
  fi
}

// Schedule, cancel, purge. The look at the associations and the change of state are one: in code, and by a foreign key.
active proctype Deleter() {
  bit unused;
  do
  :: atomic { state == ACTIVE && !association[SHOP] && !association[FOREIGN_LB] ->
      if
      :: !OFF(delete_not_atomic) -> state = PENDING_DELETION; printf("the certificate's deletion is scheduled\n")
      :: else -> unused = 1; printf("the deleter sees that nobody uses the certificate\n")  // MUTANT
      fi }
  :: atomic { unused && state == ACTIVE ->
      unused = 0; state = PENDING_DELETION; printf("the certificate's deletion is scheduled\n") }  // MUTANT
  :: atomic { state == PENDING_DELETION -> state = ACTIVE; printf("the deletion is cancelled\n") }
  :: atomic { state == PENDING_DELETION -> state = DELETED; printf("the certificate is purged\n"); break }
  od
}

// ---- Whoever holds the service's credentials: Tony, a thief --------------------------------------------------------

// He has each click that the user has signed, from that moment on: he may present it first, again, late, never, out of
// order, or for another pair; and date a detach as he likes.
active proctype Tony() {
  byte click, pair, date; bit ok, allowed;
  do
  :: atomic {
      do :: click < clicks -> click++ :: break od;
      do :: pair < PAIRS - 1 -> pair++ :: break od;
      present(click, pair, allowed, date, ok);
      if
      :: ok -> printf("Tony presents click %d for pair %d\n", click, pair)
      :: else -> click = 0; pair = 0; date = 0; allowed = 0; goto again
      fi
    }
    atomic { commit(click, pair, allowed, date, ok); click = 0; pair = 0; date = 0; allowed = 0; ok = 0 }
  :: atomic { association[SHOP] ->
      date = 1; do :: date < today -> date++ :: break od;
      printf("Tony detaches the shop's pair by a request that he dates day %d\n", date);
      end(SHOP, date, date, ok); tony_detached = tony_detached || ok; date = 0; ok = 0 }
again: skip
  od
}

// ---- The load balancer service, honest -----------------------------------------------------------------------------
#ifndef KEYS

// Takes up clicks in any order, again, or never; may die or lose patience after each step.
active proctype Service() {
  byte click, date; bit ok, allowed;
  do
  :: atomic { clicks && !use ->
      if
      :: row == DETACHING && !OFF(detach_not_claimed) -> goto next
      :: else -> if :: row == NONE -> row = ATTACHED :: else fi
      fi;
      do :: click < clicks - 1 -> click++ :: break od; click++;
      present(click, SHOP, allowed, date, ok);
      if
      :: ok -> printf("the service presents click %d\n", click)
      :: else -> click = 0; date = 0; allowed = 0; goto next
      fi
    }
    atomic { commit(click, SHOP, allowed, date, ok); click = 0; date = 0; allowed = 0 }
    atomic {
      if
      :: ok && (row == ATTACHED || OFF(detach_not_claimed)) ->
        use = 1; printf("the service commits the listener\n")
      :: printf("the service gives the listener up\n")
      fi;
      ok = 0
    }
  :: atomic { use -> use = 0; printf("the user removes the listener\n") }
next: skip
  od
}

active proctype Reconciler() {
  do
  // An intent may have run out at any moment, so an attach under way holds nothing up.
  :: atomic { row == ATTACHED && !use -> row = DETACHING; printf("the service begins to detach\n") }
  :: atomic { row == DETACHING && !answered && !sent ->
      sent = (OFF(detach_date_kept) -> 1 : today); sent_after = clicks;
      sent_reach = (noted > sent && !OFF(ahead_not_noted) -> noted : sent);
      printf("the service signs a detach on day %d, of clicks up to day %d\n", sent, sent_reach) }
  :: atomic { row == DETACHING && sent && !late && LATE ->
      late = sent; late_after = sent_after; late_reach = sent_reach; sent = 0; sent_after = 0; sent_reach = 0;
      printf("  the service waits no longer for the answer\n") }
  :: atomic { row == DETACHING && answered -> row = NONE; answered = 0; printf("the service forgets the pair\n") }
  od
}

active proctype Detach() {
  bit ok;
  do
  :: atomic { sent -> printf("  certificates detaches, by the request of day %d\n", sent);
      end(SHOP, sent, sent_reach, answered);
      if :: answered && dead_to < sent_after -> dead_to = sent_after :: else fi;
      sent = 0; sent_after = 0; sent_reach = 0 }
  :: atomic { late -> printf("  certificates detaches, by the old request of day %d\n", late);
      end(SHOP, late, late_reach, ok);
      if :: ok && dead_to < late_after -> dead_to = late_after :: else fi;
      late = 0; late_after = 0; late_reach = 0; ok = 0 }
  od
}
#endif

// ---- Renewal, and the reading of keys ------------------------------------------------------------------------------
#ifdef KEYS

active proctype Renewer() {
  do
  :: atomic { state == ACTIVE && version < VERSIONS -> version++; printf("the renewer makes version %d\n", version);
      if :: association[SHOP] -> entitled = version :: else fi }
  :: version == VERSIONS -> break
  od
}

bit heard_association;
byte heard_version, served;

// In order, as late as it likes: what it has heard was true once.
active proctype Replica() {
  do
  :: atomic { heard_association != association[SHOP] || heard_version != version ->
      heard_association = association[SHOP]; heard_version = version;
      printf("the replica hears: version %d, associated: %d\n", heard_version, heard_association) }
  od
}

// Asks when the replica says that there is something new. The control plane decides, in one statement.
active proctype Agent() {
  do
  :: atomic { heard_association && heard_version > served ->
      printf("the agent asks for the key\n");
      if
      :: (association[SHOP] || OFF(replica_decides)) && state == ACTIVE -> skip
      :: else -> printf("  certificates refuses the key\n"); goto refused
      fi;
      if :: OFF(authorise_then_fetch) -> printf("  certificates authorises\n"); goto fetch :: else fi;
deliver:
      printf("  certificates delivers the key of version %d\n", version);
      assert(version <= entitled);  // I2: no key that is younger than the association
      assert(version >= served);    // I10: never back
      served = version }
refused: skip
  od;
fetch: atomic { skip; goto deliver }  // MUTANT
}
#endif

// ---- The world -----------------------------------------------------------------------------------------------------

active proctype User() {
  do :: atomic { clicks < CLICKS -> clicks++; dated[clicks] = today;
      if :: AHEAD -> dated[clicks]++ :: skip fi;
      if :: AHEAD == 2 && noted < dated[clicks] -> noted = dated[clicks] :: else fi;
      printf("the user signs click %d on day %d and dates it %d\n", clicks, today, dated[clicks]) } od
}

active proctype Clock() {
  do :: atomic { today < LAST_DAY -> today++; printf("it is day %d\n", today) } od
}

// Blocked for ever unless an invariant breaks, so it costs no state.
active proctype Monitor() {
  if
  :: atomic { (association[SHOP] || association[FOREIGN_LB]) && state != ACTIVE ->
      assert(state == ACTIVE) }        // I1: what is associated is ACTIVE
  :: atomic { use && !association[SHOP] && !tony_detached ->
      assert(association[SHOP]) }      // U: what a listener uses is associated
  fi
}

#ifdef LIVENESS  // With fair processes and no request given up: a detach that was begun ends.
ltl ended { [] (row == DETACHING -> <> (row == NONE)) }
#endif
