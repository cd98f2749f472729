// SPDX-License-Identifier: Apache-2.0
// Attaching certificates to resources and ending that again, so that a crash at any point heals.
//
// Begin → gateway → commit with the product's own change. Begin makes an *intent* durable first; whatever
// stands at certificates by our doing is therefore known here. The attach is made before the commit, since
// a refusal must be the answer of the user's call; if the commit never comes, the intent runs out and the
// reconciler detaches what no committed use needs. A pair that the reconciler has claimed can be neither
// begun nor committed, so a detach never overtakes a click.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "products/common/gateways.h"
#include "products/common/uses.h"
#include "service/service.h"
#include "storage/storage.h"

namespace perennial::products {

// How long a commit may take after Begin.
inline constexpr Duration kIntentLife = std::chrono::seconds(60);

// What an attach returned, to be handed to Commit or Abandon.
struct AttachTicket {
  std::vector<std::string> intent_ids;
  std::vector<Pair> fresh;  // Nothing was known of these before Begin.
  std::vector<Attached> items;
};

// Safe to call from many threads.
class Attachments {
 public:
  Attachments(service::Service& service, CertificatesGateway& gateway);

  // Attach attaches on behalf of the evidence's signer. Errors are the gateway's; besides, kIncorrectState
  // when one of the pairs is being detached right now. No transaction may be open.
  Result<AttachTicket> Attach(const http_signature::Evidence& evidence, const std::vector<Pair>& pairs);

  // NoteClick remembers a click for the pairs that is dated ahead of our clock, for the detach that may
  // come before that date (ADR 21). Of any other it notes nothing.
  Result<void> NoteClick(const std::vector<Pair>& pairs, Time signed_date);

  // Commit takes the ticket over in the transaction of the change that uses it. kIncorrectState when it has
  // run out: the call is to be made again.
  Result<void> Commit(storage::Session& session, const AttachTicket& ticket) const;

  // Abandon lets go of a ticket that was not committed; of a committed one it changes nothing.
  void Abandon(const AttachTicket& ticket);

  // SetUses replaces all uses of the resource.
  Result<void> SetUses(storage::Session& session, const std::string& resource_id,
                       const std::vector<Use>& uses) const;

  Result<std::vector<Use>> Uses(storage::Session& session) const;
  // Of lists what is attached to the resource, or of all when it is empty.
  Result<std::vector<Attachment>> Of(storage::Session& session, const std::string& resource_id) const;

  // Reconcile detaches what is not wanted any more. `acknowledged` reads what live nodes need, in the same
  // transaction that claims. It returns true when it detached something. One caller at a time.
  using Acknowledged = std::function<Result<std::vector<Pair>>(storage::Session&)>;
  Result<bool> Reconcile(const Acknowledged& acknowledged);

 private:
  Result<AttachTicket> Begin(const std::vector<Pair>& pairs);
  void Withdraw(const AttachTicket& ticket);
  Result<std::vector<Difference>> Claim(storage::Session& session, const Acknowledged& acknowledged,
                                        Time now);
  Result<Detachment> Claimed(storage::Session& session, const Pair& pair);
  Result<void> ForgetName(const Detachment& detachment);
  Result<Detachment> Detach(const Pair& pair);
  Result<void> Forget(const Difference& difference, const Detachment& detachment);

  service::Service& service_;
  CertificatesGateway& gateway_;
  std::set<Pair> missing_;  // What was last logged as missing. Only Reconcile touches it.
};

}  // namespace perennial::products
