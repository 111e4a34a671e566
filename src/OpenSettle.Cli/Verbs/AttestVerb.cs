using System.CommandLine;
using OpenSettle.Cli.Attesting;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>
/// opensettle attest: what owners and evaluators say of a model, on the Ethereum Attestation Service; by a transaction, by a signature
/// that another account brings, or in a file. What would be refused is named before anything is signed.
/// </summary>
internal static partial class AttestVerb
{
    // Longer than a week nobody should wait with what was signed.
    private const ulong UsualPatience = 7 * 24 * 3600;

    private const int MostFileBytes = 1024 * 1024;

    private static readonly Dictionary<string, (string Help, bool Many)> FieldHelp = new(StringComparer.Ordinal)
    {
        ["expires"] = ("when it stops to count: 2027-01-31T12:00:00Z, a day, or seconds (default: never)", false),
        ["identity"] = ("digest of the weights: a file, whose keccak-256 is taken, or 0x and 64 digits", false),
        ["dataset"] = ($"what it was made from, as FILE:RELATION or 0xHASH:RELATION, again for each; relations are {string.Join(", ", StatementDraft.Relations)}", true),
        ["uri"] = ("where more of it can be read", false),
        ["parent"] = ("a parent as MODEL:SHARE, with the share in millionths, again for each", true),
        ["version"] = ("the lineage's version in the registry", false),
        ["account"] = ("the account that it is about; for a permission also 'anybody'", false),
        ["role"] = ("what it did: data, code, training, evaluation, curation, …", false),
        ["weight"] = ("how much that weighs, a whole number", false),
        ["method"] = ("how it was measured: a name, or a hash", false),
        ["use"] = ("the use that is meant: resale, fine-tuning, …", false),
        ["permission"] = ("allowed, not-allowed or constrained", false),
        ["terms"] = ("the terms: their file, or its hash", false),
        ["domain"] = ("what it was tried in: nda-review, …", false),
        ["metric"] = ($"what was measured; ranked are {string.Join(", ", StatementDraft.Proportions)}", false),
        ["value"] = ("what came out, like 0.87", false),
        ["n"] = ("of how many trials", false),
        ["set"] = ("the evaluation set: its file, or its hash", false),
        ["commitment"] = ("uid of the commitment to the set, made before", false),
    };

    private static readonly Argument<string> Model = new("model") { Description = "the model's id" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "check and estimate, send and sign nothing" };
    private static readonly Option<bool> Yes = new("--yes") { Description = "send without asking" };
    private static readonly Option<bool> Json = new("--json") { Description = "print one JSON object" };
    private static readonly Option<bool> Offchain = new("--offchain") { Description = "sign it into a file, without a transaction" };
    private static readonly Option<bool> Delegated = new("--delegated") { Description = "sign it for another account to send: 'opensettle attest send FILE'" };
    private static readonly Option<string?> Out = new("--out") { Description = "the file, or with several off-chain statements the folder, that is written", HelpName = "PATH" };
    private static readonly Option<string?> Deadline = new("--deadline") { Description = "until when a signed request can be sent (default: a week)", HelpName = "TIME" };
    private static readonly Option<string?> AttesterOption = new("--attester") { Description = "with --dry-run and without a key: who would attest", HelpName = "ADDRESS" };

    public static Command Create()
    {
        var command = new Command("attest", "Says something of a model on the Ethereum Attestation Service, or in a signed file");
        foreach (var name in StatementDraft.Names) command.Subcommands.Add(CreateKind(name));
        command.Subcommands.Add(CreateFile());
        command.Subcommands.Add(CreateSend());
        command.Subcommands.Add(CreateRevoke());
        command.Subcommands.Add(CreateEvaluator());
        command.Subcommands.Add(CreateRecord());
        command.Subcommands.Add(CreateImport());
        command.Subcommands.Add(CreateList());
        return command;
    }

    private static Command CreateKind(string name)
    {
        var options = StatementDraft.FieldsOf(name).Append("expires").Select(Field).ToList();
        var description = name switch
        {
            "provenance" => "Attests what a model was made from (its owner)",
            "lineage" => "Attests a model's parents (its owner)",
            "contribution" => "Attests what an account did for a model (its owner)",
            "permission" => "Attests what an account may do with a model (its owner)",
            "evaluation" => "Attests how a model did on a set (an evaluator)",
            _ => "Commits to an evaluation's set before its results (an evaluator)",
        };
        return VerbRunner.Create(
            name, description, AttestSession.Settings,
            (settings, parsed, cancellation) =>
            {
                var values = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["kind"] = [name], ["model"] = [parsed.GetValue(Model) ?? string.Empty] };
                foreach (var (field, _, read) in options)
                {
                    if (read(parsed) is { Length: > 0 } given) values[field] = given;
                }

                return AttestAsync(settings, parsed, [new DraftFields(static field => field == "model" ? field : $"--{field}", values, FileHash.Of)], cancellation);
            },
            [Model, .. options.Select(field => field.Option), DryRun, Yes, Json, Offchain, Delegated, Out, Deadline, AttesterOption])
            .Printing<AttestOutput.Form>()
            .WithExamples(ExampleOf(name));
    }

    private static string ExampleOf(string kind) => $"opensettle attest {kind} 0x1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100 {kind switch
    {
        "provenance" => "--identity model.safetensors --dataset corpus.tar:trained-on",
        "lineage" => "--parent 0x2f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100:200000 --version 1",
        "contribution" => "--account 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --role data --weight 45",
        "permission" => "--account anybody --use commercial --permission allowed",
        "evaluation" => "--domain nda-review --metric accuracy --value 0.87 --n 500 --set set.jsonl --commitment 0x2f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100",
        _ => "--domain nda-review --metric accuracy --set set.jsonl",
    }} --deployment deployment.json --sender-key file:owner.key --dry-run";

    private static Command CreateFile()
    {
        var file = new Argument<string>("file") { Description = "a JSON list of statements: their kind, model, and the flags' names as fields" };
        return VerbRunner.Create(
            "file", $"Attests the statements of a file, at most {StatementDraft.MostAtOnce}, in one transaction", AttestSession.Settings,
            async (settings, parsed, cancellation) =>
            {
                var bytes = await AttestOutput.ReadFileAsync("file", parsed.GetValue(file) ?? string.Empty, MostFileBytes, cancellation);
                await AttestAsync(settings, parsed, Checked(() => DraftFields.FromJson(bytes, StatementDraft.MostAtOnce, FileHash.Of)), cancellation);
            },
            file, DryRun, Yes, Json, Offchain, Delegated, Out, Deadline, AttesterOption)
            .Printing<AttestOutput.Form>()
            .WithExamples("opensettle attest file statements.json --deployment deployment.json --sender-key file:owner.key --dry-run");
    }

    private static (string Name, Option Option, Func<ParseResult, string[]?> Read) Field(string name)
    {
        var (help, many) = FieldHelp[name];
        if (many)
        {
            var several = new Option<string[]>($"--{name}") { Description = help, HelpName = "VALUE" };
            return (name, several, parsed => parsed.GetValue(several));
        }

        var one = new Option<string?>($"--{name}") { Description = help, HelpName = "VALUE" };
        return (name, one, parsed => parsed.GetValue(one) is { } given ? [given] : null);
    }

    private static async Task AttestAsync(SettingsReader settings, ParseResult parsed, IReadOnlyList<DraftFields> fields, CancellationToken cancellation)
    {
        var (offchain, delegated, dryRun) = (parsed.GetValue(Offchain), parsed.GetValue(Delegated), parsed.GetValue(DryRun));
        if (offchain && delegated) throw new VerbException(ExitCode.Usage, "--offchain, --delegated: choose one.");
        if ((offchain || delegated) && parsed.GetValue(Out) is null && !dryRun) throw new VerbException(ExitCode.Usage, "--out: name the file that is to be written.");
        using var session = await AttestSession.OpenAsync(settings, needsKey: !dryRun, cancellation);
        var now = session.Head.Timestamp;
        // By kind, because that is the order in which one transaction attests them.
        var drafts = Checked(() => fields.Select(one => StatementDraft.Read(one, now)).OrderBy(draft => draft.Kind).ToList());
        var attester = session.Account ?? Account("--attester", parsed.GetValue(AttesterOption));
        var items = await DraftChecks.RequireAsync(session, attester, drafts, cancellation);
        var plan = new Plan(session, new AttestOutput(parsed.GetValue(Json)), attester, drafts, items);
        if (offchain) await SignOffchainAsync(plan, parsed, cancellation);
        else if (delegated) await SignDelegatedAsync(plan, parsed, cancellation);
        else await SendAsync(plan, parsed, cancellation);
    }

    private static async Task SendAsync(Plan plan, ParseResult parsed, CancellationToken cancellation)
    {
        var (session, drafts) = (plan.Session, plan.Drafts);
        ContractCall call = plan.Items is [var one]
            ? new Eas.AttestCall(session.Schemas[drafts[0].Kind], one)
            : new Eas.MultiAttestCall([.. drafts.Zip(plan.Items).GroupBy(pair => pair.First.Kind).Select(group => new EasGroup(session.Schemas[group.Key], [.. group.Select(pair => pair.Second)]))]);
        var need = await session.EstimateAsync(plan.Attester, session.Service, call, cancellation);
        if (parsed.GetValue(DryRun))
        {
            plan.Output.WouldSend(plan.Attester, plan.Rows, need);
            return;
        }

        AttestOutput.Confirm(parsed.GetValue(Yes), drafts.Count, need);
        var receipt = await session.SendAsync(session.Service, call, cancellation);
        var uids = session.Attested(receipt);
        plan.Output.Sent(plan.Attester, [.. plan.Rows.Select((row, index) => row with { Uid = index < uids.Count ? uids[index] : null })], receipt);
    }

    private static T Checked<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DraftException e)
        {
            throw new VerbException(ExitCode.Usage, e.Message.EndsWith('.') ? e.Message : e.Message + ".", e);
        }
    }

    private static Address Account(string flag, string? text) =>
        Address.TryParse(text, out var account) ? account : throw new VerbException(ExitCode.Usage, $"{flag}: '{text}' is not an address. Without a key it says who would attest.");

    private static Hash32 Uid(string text) =>
        Hash32.TryParse(text, out var uid) ? uid : throw new VerbException(ExitCode.Usage, $"uid: '{text}' is not an attestation's uid: 0x and 64 hexadecimal digits.");

    private static Hash32 ModelOf(ParseResult parsed) =>
        Hash32.TryParse(parsed.GetValue(Model), out var model) ? model : throw new VerbException(ExitCode.Usage, $"model: '{parsed.GetValue(Model)}' is not a model's id: 0x and 64 hexadecimal digits.");

    /// <summary>What is attested, checked against the chain.</summary>
    /// <param name="Items">Of each draft, in their order.</param>
    private sealed record Plan(AttestSession Session, AttestOutput Output, Address Attester, IReadOnlyList<StatementDraft> Drafts, IReadOnlyList<EasItem> Items)
    {
        public IReadOnlyList<AttestRow> Rows => [.. Drafts.Select(draft => Row(draft, null))];

        public static AttestRow Row(StatementDraft draft, Hash32? uid) =>
            new(draft.Statement is EvaluationStatement { IsCommitment: true } ? StatementDraft.Commit : StatementCodec.Name(draft.Kind), draft.Model, uid);
    }
}
