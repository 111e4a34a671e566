using System.CommandLine;
using OpenSettle.Cli.Attesting;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>What an attester does with its own: takes attestations back, and registers as an evaluator.</summary>
internal static partial class AttestVerb
{
    private static Command CreateRevoke()
    {
        var uids = new Argument<string[]>("uid") { Description = "uids of the attestations", Arity = ArgumentArity.OneOrMore };
        return VerbRunner.Create("revoke", "Takes attestations back (their attester)", AttestSession.Settings, RunAsync, uids, DryRun, Yes, Json, Offchain, Delegated, Out, Deadline, AttesterOption)
            .Printing<AttestOutput.Form>()
            .WithExamples("opensettle attest revoke 0x2f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100 --deployment deployment.json --sender-key file:owner.key");

        async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
        {
            List<Hash32> given = [.. (parsed.GetValue(uids) ?? []).Select(Uid).Distinct()];
            var (offchain, delegated, dryRun) = (parsed.GetValue(Offchain), parsed.GetValue(Delegated), parsed.GetValue(DryRun));
            if (offchain && delegated) throw new VerbException(ExitCode.Usage, "--offchain, --delegated: choose one.");
            if ((offchain || delegated) && given.Count > 1) throw new VerbException(ExitCode.Usage, $"uid: with {(offchain ? Offchain.Name : Delegated.Name)} one is taken at a time.");
            if (given.Count > StatementDraft.MostAtOnce) throw new VerbException(ExitCode.Usage, $"uid: at most {StatementDraft.MostAtOnce} are taken at once.");
            if (delegated && parsed.GetValue(Out) is null && !dryRun) throw new VerbException(ExitCode.Usage, "--out: name the file that is to be written.");
            using var session = await AttestSession.OpenAsync(settings, needsKey: !dryRun, cancellation);
            var account = session.Account ?? Account("--attester", parsed.GetValue(AttesterOption));
            var output = new AttestOutput(parsed.GetValue(Json));
            if (offchain)
            {
                await SendAsync(session, parsed, output, account, session.Service, new Eas.RevokeOffchainCall(given[0]), [new AttestRow("revocation of an off-chain attestation", null, given[0])], cancellation);
                return;
            }

            var found = await RevocableAsync(session, account, given, cancellation);
            IReadOnlyList<AttestRow> rows = [.. found.Select(one => new AttestRow("revocation", null, one.Uid))];
            if (delegated) await SignRevocationAsync(session, parsed, output, account, found[0], rows, cancellation);
            else if (found is [var single]) await SendAsync(session, parsed, output, account, session.Service, new Eas.RevokeCall(single.Schema, single.Uid), rows, cancellation);
            else await SendAsync(session, parsed, output, account, session.Service, Many(found), rows, cancellation);
        }
    }

    private static Eas.MultiRevokeCall Many(IReadOnlyList<EasAttestation> found) =>
        new([.. found.GroupBy(one => one.Schema).Select(group => new EasRevocations(group.Key, [.. group.Select(one => one.Uid)]))]);

    /// <summary>The attestations, each of which this account can take back.</summary>
    private static async Task<IReadOnlyList<EasAttestation>> RevocableAsync(AttestSession session, Address account, IReadOnlyList<Hash32> uids, CancellationToken cancellation)
    {
        var found = new List<EasAttestation>();
        foreach (var uid in uids)
        {
            var content = await session.FindAsync(uid, cancellation)
                ?? throw new VerbException(ExitCode.Refused, $"there is no attestation {uid} on this chain. One that is in a file is taken back with {Offchain.Name}.");
            if (session.Schemas.KindOf(content.Schema) is not { } kind) throw new VerbException(ExitCode.Refused, $"attestation {uid} is under a schema of somebody else.");
            if (!SchemaUid.IsRevocable(kind)) throw new VerbException(ExitCode.Refused, $"attestation {uid} is a {StatementCodec.Name(kind)}: the resolver attested it, and it stays.");
            if (content.Attester != account) throw new VerbException(ExitCode.Refused, $"attestation {uid} is {content.Attester.ToChecksumString()}'s, not {account.ToChecksumString()}'s.");
            if (content.RevocationTime != 0) throw new VerbException(ExitCode.Refused, $"attestation {uid} was revoked before, at {content.RevocationTime}.");
            found.Add(content);
        }

        return found;
    }

    private static async Task SignRevocationAsync(
        AttestSession session, ParseResult parsed, AttestOutput output, Address account, EasAttestation content, IReadOnlyList<AttestRow> rows, CancellationToken cancellation)
    {
        var dialect = await DialectAsync(session, cancellation);
        var deadline = DeadlineOf(session, dialect, parsed);
        if (parsed.GetValue(DryRun))
        {
            output.WouldSend(account, rows, new GasNeed(0, UInt256.Zero));
            return;
        }

        var nonce = await session.AskAsync(session.Service, new Eas.GetNonce(account), cancellation);
        var request = await DelegatedRequest.SignRevocationAsync(session.Signer, dialect, content.Schema, content.Uid, nonce, deadline, cancellation);
        var path = parsed.GetValue(Out) ?? throw new InvalidOperationException("The file was asked for before.");
        await AttestOutput.WriteFileAsync("--out", path, DelegatedFile.Write(request), cancellation);
        output.Signed(account, rows, [path]);
    }

    private static Command CreateEvaluator()
    {
        var register = new Option<bool>("--register") { Description = "call the account an evaluator" };
        var leave = new Option<bool>("--leave") { Description = "call it one no longer" };
        var uri = new Option<string?>("--uri") { Description = "who it is, for readers, who choose whom to trust", HelpName = "URI" };
        return VerbRunner.Create("evaluator", "Registers an account as an evaluator, or takes that back", AttestSession.Settings, RunAsync, register, leave, uri, DryRun, Yes, Json, AttesterOption)
            .Printing<AttestOutput.Form>()
            .WithExamples("opensettle attest evaluator --register --uri https://evaluator.example --deployment deployment.json --sender-key file:evaluator.key");

        async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
        {
            var (joins, goes) = (parsed.GetValue(register), parsed.GetValue(leave));
            if (joins == goes) throw new VerbException(ExitCode.Usage, "--register, --leave: choose one.");
            using var session = await AttestSession.OpenAsync(settings, needsKey: !parsed.GetValue(DryRun), cancellation);
            var account = session.Account ?? Account("--attester", parsed.GetValue(AttesterOption));
            if (goes && !await session.AskAsync(session.Schemas.Resolver, new SettlementResolver.IsEvaluator(account), cancellation))
                throw new VerbException(ExitCode.Refused, $"{account.ToChecksumString()} is not registered as an evaluator.");
            await SendAsync(
                session, parsed, new AttestOutput(parsed.GetValue(Json)), account, session.Schemas.Resolver, new SettlementResolver.SetEvaluatorCall(joins, parsed.GetValue(uri) ?? string.Empty),
                [new AttestRow(joins ? "registration as an evaluator" : "end of a registration as an evaluator", null, null)], cancellation);
        }
    }

    /// <summary>One call: estimated, confirmed, sent, told.</summary>
    private static async Task SendAsync(
        AttestSession session, ParseResult parsed, AttestOutput output, Address account, Address to, ContractCall call, IReadOnlyList<AttestRow> rows, CancellationToken cancellation)
    {
        var need = await session.EstimateAsync(account, to, call, cancellation);
        if (parsed.GetValue(DryRun))
        {
            output.WouldSend(account, rows, need);
            return;
        }

        AttestOutput.Confirm(parsed.GetValue(Yes), rows.Count, need);
        output.Sent(account, rows, await session.SendAsync(to, call, cancellation));
    }
}
