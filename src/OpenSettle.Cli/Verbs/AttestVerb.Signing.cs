using System.CommandLine;
using System.Security.Cryptography;
using OpenSettle.Cli.Attesting;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Cli.Verbs;

/// <summary>What is signed and not sent: off-chain attestations, and requests that another account brings.</summary>
internal static partial class AttestVerb
{
    // Of the domain's version nothing depends: EAS's own tools take any.
    private const string UsualVersion = "1.3.0";

    private static async Task SignOffchainAsync(Plan plan, ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(DryRun))
        {
            plan.Output.WouldSend(plan.Attester, plan.Rows, new GasNeed(0, UInt256.Zero));
            return;
        }

        var (session, drafts) = (plan.Session, plan.Drafts);
        var dialect = await EasDialect.ReadAsync(session.Client, session.Id.ChainId, session.Service, cancellation);
        var domain = new OffchainDomain(dialect.Version.Length > 0 ? dialect.Version : UsualVersion, session.Id.ChainId, session.Service);
        var (rows, files) = (new List<AttestRow>(), new List<string>());
        var path = parsed.GetValue(Out) ?? throw new InvalidOperationException("The file was asked for before.");
        if (drafts.Count > 1) Directory.CreateDirectory(path);
        foreach (var (draft, item) in drafts.Zip(plan.Items))
        {
            var salt = Hash32.FromBytes(RandomNumberGenerator.GetBytes(Hash32.Size));
            var message = new OffchainMessage(
                session.Schemas[draft.Kind], item.Recipient, session.Head.Timestamp, item.ExpirationTime, item.Revocable, item.RefUid, item.Data, salt);
            var signed = await OffchainAttestation.SignAsync(session.Signer, domain, message, cancellation);
            var file = drafts.Count > 1 ? Path.Combine(path, $"{signed.Uid}.json") : path;
            await AttestOutput.WriteFileAsync("--out", file, OffchainFile.Write(signed), cancellation);
            rows.Add(Plan.Row(draft, signed.Uid));
            files.Add(file);
        }

        plan.Output.Signed(plan.Attester, rows, files);
    }

    private static async Task SignDelegatedAsync(Plan plan, ParseResult parsed, CancellationToken cancellation)
    {
        var session = plan.Session;
        var dialect = await DialectAsync(session, cancellation);
        var deadline = DeadlineOf(session, dialect, parsed);
        if (parsed.GetValue(DryRun))
        {
            plan.Output.WouldSend(plan.Attester, plan.Rows, new GasNeed(0, UInt256.Zero));
            return;
        }

        var nonce = await session.AskAsync(session.Service, new Eas.GetNonce(plan.Attester), cancellation);
        var request = await DelegatedRequest.SignAsync(
            session.Signer, dialect, [.. plan.Drafts.Zip(plan.Items, (draft, item) => (session.Schemas[draft.Kind], item))], nonce, deadline, cancellation);
        var path = parsed.GetValue(Out) ?? throw new InvalidOperationException("The file was asked for before.");
        await AttestOutput.WriteFileAsync("--out", path, DelegatedFile.Write(request), cancellation);
        plan.Output.Signed(plan.Attester, plan.Rows, [path]);
    }

    private static Command CreateSend()
    {
        var file = new Argument<string>("file") { Description = "what --delegated wrote" };
        return VerbRunner.Create("send", "Sends what another account signed, and pays its gas", AttestSession.Settings, RunAsync, file, DryRun, Yes, Json, AttesterOption)
            .Printing<AttestOutput.Form>()
            .WithExamples("opensettle attest send request.json --deployment deployment.json --sender-key file:sender.key");

        async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
        {
            var path = parsed.GetValue(file) ?? string.Empty;
            var (request, problem) = DelegatedFile.Parse(await AttestOutput.ReadFileAsync("file", path, DelegatedFile.MostBytes, cancellation));
            if (request is null) throw new VerbException(ExitCode.Usage, $"file: {path}: {problem}.");
            using var session = await AttestSession.OpenAsync(settings, needsKey: !parsed.GetValue(DryRun), cancellation);
            await RequireSendableAsync(session, request, cancellation);
            var rows = request.Revocation is { } revocation ? [new AttestRow("revocation", null, revocation.Uid)] : request.Items.Select(item => Describe(session, item)).ToList();
            var sender = session.Account ?? Account("--attester", parsed.GetValue(AttesterOption));
            var call = request.Call();
            var need = await session.EstimateAsync(sender, session.Service, call, cancellation);
            var output = new AttestOutput(parsed.GetValue(Json));
            if (parsed.GetValue(DryRun))
            {
                output.WouldSend(sender, rows, need);
                return;
            }

            AttestOutput.Confirm(parsed.GetValue(Yes), rows.Count, need);
            var receipt = await session.SendAsync(session.Service, call, cancellation);
            var uids = session.Attested(receipt);
            output.Sent(sender, [.. rows.Select((row, index) => index < uids.Count ? row with { Uid = uids[index] } : row)], receipt);
        }
    }

    private static async Task RequireSendableAsync(AttestSession session, DelegatedRequest request, CancellationToken cancellation)
    {
        if (request.Dialect.ChainId != session.Id.ChainId || request.Dialect.Service != session.Service)
            throw new VerbException(ExitCode.Refused, $"it is signed for chain {request.Dialect.ChainId} and EAS at {request.Dialect.Service.ToChecksumString()}, not for chain {session.Id.ChainId} and {session.Service.ToChecksumString()}.");
        var dialect = await DialectAsync(session, cancellation);
        if (dialect != request.Dialect) throw new VerbException(ExitCode.Refused, $"it is signed for version {request.Dialect.Version} of EAS, and the chain has {dialect.Version}. It has to be signed again.");
        if (request.Deadline != 0 && request.Deadline <= session.Head.Timestamp) throw new VerbException(ExitCode.Refused, $"its deadline {request.Deadline} has passed: on the chain it is {session.Head.Timestamp}. It has to be signed again.");
        var nonce = await session.AskAsync(session.Service, new Eas.GetNonce(request.Attester), cancellation);
        if (nonce != request.Nonce)
        {
            throw new VerbException(ExitCode.Refused, nonce > request.Nonce
                ? $"it was sent already, or {request.Attester.ToChecksumString()} used its number {request.Nonce} otherwise: the next one is {nonce}."
                : $"another request of {request.Attester.ToChecksumString()} comes before it: its number is {request.Nonce}, and the next one is {nonce}.");
        }

        if (request.WrongSignature(session.Provider.Recover) is { } wrong) throw new VerbException(ExitCode.Refused, $"{wrong}.");
    }

    /// <summary>What the sender pays for: not more than the data says.</summary>
    private static AttestRow Describe(AttestSession session, DelegatedItem item)
    {
        if (session.Schemas.KindOf(item.Schema) is not { } kind) throw new VerbException(ExitCode.Refused, $"schema {item.Schema} is none of this deployment's.");
        var statement = StatementCodec.Decode(kind, item.Item.Data.Span, out var problem) ?? throw new VerbException(ExitCode.Refused, $"{problem}");
        return new AttestRow(StatementCodec.Name(kind), statement.About is { } model ? model : (ModelId?)null, null);
    }

    private static async Task<EasDialect> DialectAsync(AttestSession session, CancellationToken cancellation)
    {
        var dialect = await EasDialect.ReadAsync(session.Client, session.Id.ChainId, session.Service, cancellation);
        return dialect.Form != DelegationForm.None ? dialect : throw new VerbException(ExitCode.Refused, dialect.Refusal);
    }

    private static ulong DeadlineOf(AttestSession session, EasDialect dialect, ParseResult parsed)
    {
        var text = parsed.GetValue(Deadline);
        if (dialect.Form == DelegationForm.First)
        {
            if (text is not null) throw new VerbException(ExitCode.Usage, "--deadline: the chain's version of EAS knows none: what is signed can be sent until the attester signs and sends something else.");
            return 0;
        }

        if (text is null) return session.Head.Timestamp + UsualPatience;
        var fields = new DraftFields(static field => $"--{field}", new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["deadline"] = [text] }, FileHash.Of);
        return Checked(() => fields.Expiry("deadline", session.Head.Timestamp));
    }
}
