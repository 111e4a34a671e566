using OpenSettle.Primitives;

namespace OpenSettle.Node;

/// <summary>All log messages, numbered: 1xx chain, 2xx epochs, 3xx transactions, 4xx ingest, 5xx signals and webhooks, 6xx API and relay, 9xx the node itself. docs/logs.md says of each what to do.</summary>
internal static partial class Log
{
    [LoggerMessage(101, LogLevel.Information, "Blocks {First} to {Last} read: {Facts} facts")]
    public static partial void RangeRead(this ILogger logger, ulong first, ulong last, int facts);

    [LoggerMessage(102, LogLevel.Information, "Sweep of token {Token} planned for {Models} pay addresses")]
    public static partial void SweepPlanned(this ILogger logger, Address token, int models);

    [LoggerMessage(103, LogLevel.Information, "Reading: block {Next} of {Last}, {Blocks} blocks/s, {Logs} logs/s, {Left} left")]
    public static partial void BackfillProgress(this ILogger logger, ulong next, ulong last, long blocks, long logs, string left);

    [LoggerMessage(104, LogLevel.Information, "Reading: all is read up to final block {Block}")]
    public static partial void CaughtUp(this ILogger logger, ulong block);

    [LoggerMessage(105, LogLevel.Information, "Reorganised: {Blocks} blocks that were not final went; the chain now ends with block {Tip}")]
    public static partial void RolledBack(this ILogger logger, ulong blocks, ulong tip);

    [LoggerMessage(106, LogLevel.Error, "Endpoint {Endpoint} is set aside until the next start: it {Why}")]
    public static partial void EndpointSetAside(this ILogger logger, string endpoint, string why);

    [LoggerMessage(107, LogLevel.Warning, "No hints of new blocks come from {Endpoint}: {Why}")]
    public static partial void NoHints(this ILogger logger, string endpoint, string why);

    [LoggerMessage(201, LogLevel.Information, "Epoch {Number} built: {Payments} payments, {Accounts} accounts, root {Root}")]
    public static partial void EpochBuilt(this ILogger logger, ulong number, int payments, int accounts, Hash32 root);

    [LoggerMessage(202, LogLevel.Debug, "No epoch yet: {Payments} payments reach no account's smallest leaf")]
    public static partial void NothingPayable(this ILogger logger, int payments);

    [LoggerMessage(204, LogLevel.Warning, "Going on after the veto of epoch {Number}, attempt {Attempt}")]
    public static partial void Resumed(this ILogger logger, ulong number, uint attempt);

    [LoggerMessage(220, LogLevel.Debug, "Batch {Number} of gateway {Gateway} pulled: {Events} events")]
    public static partial void BatchPulled(this ILogger logger, ulong number, Address gateway, ulong events);

    [LoggerMessage(221, LogLevel.Information, "Epoch {Number}, attempt {Attempt}, recomputed: nothing differs; root {Root}")]
    public static partial void ProposalAgrees(this ILogger logger, ulong number, uint attempt, Hash32 root);

    [LoggerMessage(222, LogLevel.Error, "Epoch {Number}, attempt {Attempt}, root {Root}, differs: {Difference}")]
    public static partial void ProposalDiffers(this ILogger logger, ulong number, uint attempt, Hash32 root, string difference);

    [LoggerMessage(223, LogLevel.Warning, "Veto of epoch {Number}, attempt {Attempt}, planned: {Difference}")]
    public static partial void VetoPlanned(this ILogger logger, ulong number, uint attempt, string difference);

    [LoggerMessage(224, LogLevel.Warning, "Leader {Leader} did not take this attestor's word: {Why}")]
    public static partial void WordNotTaken(this ILogger logger, string leader, string why);

    [LoggerMessage(225, LogLevel.Warning, "Epoch {Number}, attempt {Attempt}, is built anew: attestors found a difference, and more usage has come")]
    public static partial void CandidateWithdrawn(this ILogger logger, ulong number, uint attempt);

    [LoggerMessage(205, LogLevel.Information, "Push of epoch {Epoch} planned: entries {First} to {Last}")]
    public static partial void PushPlanned(this ILogger logger, ulong epoch, ulong first, ulong last);

    [LoggerMessage(206, LogLevel.Critical, "The books and the chain differ, {Of}: {Problem}")]
    public static partial void Drifted(this ILogger logger, string of, string problem);

    [LoggerMessage(207, LogLevel.Debug, "The bundle of epoch {Epoch} was brought to {Mirror}")]
    public static partial void BundleMirrored(this ILogger logger, ulong epoch, string mirror);

    [LoggerMessage(209, LogLevel.Information, "The bundle {Hash} came from {Mirror}")]
    public static partial void BundleCame(this ILogger logger, Hash32 hash, string mirror);

    [LoggerMessage(208, LogLevel.Warning, "The bundle {Hash} was not whole here, and came back from {Mirror}")]
    public static partial void BundleRestored(this ILogger logger, Hash32 hash, string mirror);

    [LoggerMessage(301, LogLevel.Information, "Sent: {Purpose}, {Hash}")]
    public static partial void TransactionSent(this ILogger logger, string purpose, Hash32 hash);

    [LoggerMessage(302, LogLevel.Information, "Final: {Purpose}, {Hash} in block {Block}, {Gas} gas")]
    public static partial void TransactionFinal(this ILogger logger, string purpose, Hash32 hash, ulong block, ulong gas);

    [LoggerMessage(303, LogLevel.Warning, "Waits: {Purpose}: {Why}")]
    public static partial void TransactionWaits(this ILogger logger, string purpose, string why);

    [LoggerMessage(304, LogLevel.Error, "Reverted: {Purpose}, {Hash} in block {Block}")]
    public static partial void TransactionReverted(this ILogger logger, string purpose, Hash32 hash, ulong block);

    [LoggerMessage(305, LogLevel.Information, "Offered for more: {Purpose}, {Hash}: nonce {Nonce}, version {Version}, at most {Cap} wei a gas")]
    public static partial void TransactionReplaced(this ILogger logger, string purpose, Hash32 hash, ulong nonce, uint version, UInt256 cap);

    [LoggerMessage(306, LogLevel.Error, "Nonce in doubt: {Purpose}: {Why}")]
    public static partial void NonceUsed(this ILogger logger, string purpose, string why);

    [LoggerMessage(307, LogLevel.Error, "Nonce {Nonce} of {Account} was used by another program, in a final block: {Purpose} gets a new one. Give this node a key of its own")]
    public static partial void NonceLost(this ILogger logger, string purpose, ulong nonce, string account);

    [LoggerMessage(308, LogLevel.Warning, "Nonce {Nonce} is unknown to the books and holds {Highest} up: it is filled with a transfer of nothing")]
    public static partial void GapFound(this ILogger logger, ulong nonce, ulong highest);

    [LoggerMessage(309, LogLevel.Warning, "{Account} sends from now on, and {Before} no more: what that one had signed and is not final is planned anew")]
    public static partial void SenderChanged(this ILogger logger, string before, string account);

    [LoggerMessage(501, LogLevel.Warning, "Webhook {Target} was not told: {Why}. It is tried again")]
    public static partial void WebhookFails(this ILogger logger, string target, string why);

    [LoggerMessage(502, LogLevel.Information, "Webhook {Target} is told again")]
    public static partial void WebhookWellAgain(this ILogger logger, string target);

    [LoggerMessage(503, LogLevel.Error, "Webhook {Target} was never told {Message}: given up after {Attempts} attempts")]
    public static partial void WebhookGivenUp(this ILogger logger, string target, string message, int attempts);

    [LoggerMessage(504, LogLevel.Error, "Webhook {Target} answers 410, and is told nothing more before the next start")]
    public static partial void WebhookGone(this ILogger logger, string target);

    [LoggerMessage(505, LogLevel.Warning, "Webhooks wait for the books: {Why}")]
    public static partial void WebhooksWait(this ILogger logger, string why);

    [LoggerMessage(511, LogLevel.Warning, "The collector {Endpoint} takes nothing: {Why}. It is tried on, and told when it does again")]
    public static partial void CollectorFails(this ILogger logger, string endpoint, string why);

    [LoggerMessage(512, LogLevel.Information, "The collector {Endpoint} takes metrics and logs")]
    public static partial void CollectorTakes(this ILogger logger, string endpoint);

    [LoggerMessage(521, LogLevel.Warning, "What metrics show of the books is not renewed: {Why}")]
    public static partial void SampleFailed(this ILogger logger, string why);

    [LoggerMessage(909, LogLevel.Warning, "This process ends itself at {Point}: OPENSETTLE_FAILPOINT is set")]
    public static partial void FailPointArmed(this ILogger logger, string point);

    [LoggerMessage(401, LogLevel.Debug, "Usage from {Gateway}: {Accepted} new, {Duplicates} known, {Refused} refused")]
    public static partial void UsageTaken(this ILogger logger, string gateway, int accepted, int duplicates, int refused);

    [LoggerMessage(402, LogLevel.Error, "Usage from {Gateway} could not be stored: {Why}")]
    public static partial void UsageNotStored(this ILogger logger, string gateway, string why);

    [LoggerMessage(410, LogLevel.Information, "{Events} usage events of model {Model} go on that waited ({Reason})")]
    public static partial void UsageReleased(this ILogger logger, long events, Registry.ModelId model, Storage.Usage.Hold reason);

    [LoggerMessage(411, LogLevel.Warning, "Older usage stays in the journal, it cannot be archived: {Why}")]
    public static partial void ArchiveWaits(this ILogger logger, string why);

    [LoggerMessage(412, LogLevel.Warning, "Batch {Number} of gateway {Gateway} follows one that epoch {Epoch} settled and that was lost here: what it names as the one before could not be checked")]
    public static partial void BatchAfterLoss(this ILogger logger, string gateway, ulong number, ulong epoch);

    [LoggerMessage(421, LogLevel.Information, "Stream {Stream} is not taken by this node any more: {Why}")]
    public static partial void StreamLeft(this ILogger logger, string stream, string why);

    [LoggerMessage(422, LogLevel.Warning, "Stream {Stream} waits: {Why}. It is tried again")]
    public static partial void StreamWaits(this ILogger logger, string stream, string why);

    [LoggerMessage(423, LogLevel.Error, "Stream {Stream} lacks messages: {What}. It is read on from offset {Offset}")]
    public static partial void StreamHasGap(this ILogger logger, string stream, string what, long offset);

    [LoggerMessage(424, LogLevel.Error, "Message {Offset} of stream {Stream} could not be taken, wholly or in part: {Problem}. It is kept in the quarantine")]
    public static partial void MessageNotTaken(this ILogger logger, string stream, long offset, string problem);

    [LoggerMessage(425, LogLevel.Warning, "The queue waits: {Why}. It is tried again")]
    public static partial void QueueWaits(this ILogger logger, string why);

    [LoggerMessage(409, LogLevel.Information, "{Events} usage events of older books were moved into {File}")]
    public static partial void UsageMoved(this ILogger logger, long events, string file);

    [LoggerMessage(910, LogLevel.Information, "Older books: {What}")]
    public static partial void PassportsFilled(this ILogger logger, string what);

    [LoggerMessage(610, LogLevel.Information, "Relay {Number} planned: {Claims} signed claims")]
    public static partial void RelayPlanned(this ILogger logger, long number, int claims);

    [LoggerMessage(611, LogLevel.Information, "Relay {Number} settled, {Hash}: each of its claims was told what became of it")]
    public static partial void RelaySettled(this ILogger logger, long number, Hash32 hash);

    [LoggerMessage(612, LogLevel.Warning, "Signed claims wait: {Why}")]
    public static partial void RelayWaits(this ILogger logger, string why);

    [LoggerMessage(901, LogLevel.Information, "OpenSettle on chain {ChainId}, vault {Vault}, client {Client}, books {Database}; listening on {Address}")]
    public static partial void Started(this ILogger logger, ulong chainId, Address vault, string client, string database, string address);

    [LoggerMessage(904, LogLevel.Warning, "Started all the same: {Warning}")]
    public static partial void StartedWithout(this ILogger logger, string warning);

    [LoggerMessage(905, LogLevel.Error, "Alert: {Name}: {Message}")]
    public static partial void AlertRaised(this ILogger logger, string name, string message);

    [LoggerMessage(906, LogLevel.Information, "Alert gone: {Name}")]
    public static partial void AlertCleared(this ILogger logger, string name);

    [LoggerMessage(907, LogLevel.Information, "Stopped. {Left} transactions are under way; the next start goes on with them")]
    public static partial void Stopped(this ILogger logger, int left);

    [LoggerMessage(908, LogLevel.Warning, "Stopped in the middle of '{Step}', which takes longer than a stop may: nothing of it was kept, and the next start does it again. {Left} transactions are under way")]
    public static partial void StoppedWithin(this ILogger logger, string step, int left);

    [LoggerMessage(911, LogLevel.Information, "Settings read again. These hold from now on: {Applied}. These need a new start: {NeedStart}")]
    public static partial void SettingsReloaded(this ILogger logger, string applied, string needStart);

    [LoggerMessage(912, LogLevel.Error, "Settings read again, and nothing was changed: {Problem}")]
    public static partial void SettingsNotReloaded(this ILogger logger, string problem);

    [LoggerMessage(913, LogLevel.Error, "Chain {Chain} is refused, or has ended: {Why}")]
    public static partial void ChainEnded(this ILogger logger, string chain, string why);

    [LoggerMessage(914, LogLevel.Warning, "The service manager was not told {Word}: {Why}")]
    public static partial void ServiceManagerAway(this ILogger logger, string word, string why);

    [LoggerMessage(920, LogLevel.Information, "This node leads from now on: lease {Lease}, token {Token}")]
    public static partial void LeaseTaken(this ILogger logger, string lease, long token);

    [LoggerMessage(921, LogLevel.Information, "This node stands by: {Leader} leads")]
    public static partial void StandsBy(this ILogger logger, string leader);

    [LoggerMessage(922, LogLevel.Warning, "This node leads no more: {Why}")]
    public static partial void LeaseLost(this ILogger logger, string why);

    [LoggerMessage(923, LogLevel.Warning, "This node begins anew in {Seconds} s: {Why}")]
    public static partial void BeginsAnew(this ILogger logger, double seconds, string why);

    [LoggerMessage(902, LogLevel.Warning, "Trying again: {Why}")]
    public static partial void TryingAgain(this ILogger logger, string why);

    [LoggerMessage(903, LogLevel.Critical, "Settlement stopped: {Why}")]
    public static partial void Halted(this ILogger logger, string why, Exception cause);
}
