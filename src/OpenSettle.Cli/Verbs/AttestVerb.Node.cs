using System.CommandLine;
using System.Text.Json;
using OpenSettle.Cli.Attesting;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using EpochRecord = OpenSettle.Ethereum.Contracts.EpochRecord;

namespace OpenSettle.Cli.Verbs;

/// <summary>What a node is asked for: it is believed in nothing that the chain can say.</summary>
internal static partial class AttestVerb
{
    private static Command CreateRecord()
    {
        var epoch = new Option<ulong>("--epoch") { Description = "the epoch's number", Required = true };
        return VerbRunner.Create(
            "record", "Takes a model's record out of an epoch's record root and attests it (anyone)", [Settings.Api, .. AttestSession.Settings], RunAsync, Model, epoch, DryRun, Yes, Json, AttesterOption)
            .Printing<AttestOutput.Form>()
            .WithExamples("opensettle attest record 0x1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100 --epoch 7 --deployment deployment.json --sender-key file:sender.key");

        async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
        {
            var (model, number) = (ModelOf(parsed), parsed.GetValue(epoch));
            using var api = NodeApi.Of(settings);
            using var session = await AttestSession.OpenAsync(settings, needsKey: !parsed.GetValue(DryRun), cancellation);
            var sender = session.Account ?? Account("--attester", parsed.GetValue(AttesterOption));
            if (await session.AskAsync(session.Schemas.Resolver, new SettlementResolver.RecordOf(number, model), cancellation) is { IsZero: false } before)
                throw new VerbException(ExitCode.Refused, $"the record is attested already: {before}.");
            if (await api.GetAsync($"api/v1/models/{model}/records/{number}", cancellation) is not { } answer)
                throw new VerbException(ExitCode.Refused, $"the node has no record of model {model} in epoch {number}: the epoch is not active, or the model had neither payments nor usage in it.");
            var call = await RecordCallAsync(session, answer, model, number, cancellation);
            var rows = new[] { new AttestRow($"record of epoch {number}", new Registry.ModelId(model), null) };
            var need = await session.EstimateAsync(sender, session.Schemas.Resolver, call, cancellation);
            var output = new AttestOutput(parsed.GetValue(Json));
            if (parsed.GetValue(DryRun))
            {
                output.WouldSend(sender, rows, need);
                return;
            }

            AttestOutput.Confirm(parsed.GetValue(Yes), 1, need);
            var receipt = await session.SendAsync(session.Schemas.Resolver, call, cancellation);
            output.Sent(sender, [rows[0] with { Uid = session.Attested(receipt) is [var uid, ..] ? uid : null }], receipt);
        }
    }

    /// <summary>The call, made anew from what the node says and only where the vault's hash and the record root bear that out.</summary>
    private static async Task<SettlementResolver.AttestRecordCall> RecordCallAsync(AttestSession session, JsonElement answer, Hash32 model, ulong number, CancellationToken cancellation)
    {
        EpochRecord epoch;
        UsageRecordStatement? statement;
        Hash32[] proof;
        try
        {
            var said = answer.GetProperty("epoch");
            Hash32 Word(string name) => Hash32.Parse(said.GetProperty(name).GetString() ?? string.Empty);
            epoch = new EpochRecord(said.GetProperty("epoch").GetUInt64(), said.GetProperty("lastBlock").GetUInt64(), Word("root"), Word("recordRoot"), Word("bundleHash"));
            statement = StatementCodec.Decode(StatementKind.UsageRecord, Hex.Decode(answer.GetProperty("data").GetString())) as UsageRecordStatement;
            proof = [.. answer.GetProperty("proof").EnumerateArray().Select(node => Hash32.Parse(node.GetString() ?? string.Empty))];
            if (answer.GetProperty("attestRecord").ValueKind == JsonValueKind.Null) throw new VerbException(ExitCode.Refused, $"the record cannot be attested: {answer.GetProperty("reason").GetString()}");
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new VerbException(ExitCode.Api, $"api: the node's record cannot be read: {e.Message}", e);
        }

        var kept = await session.AskAsync(session.Id.Vault, new RoyaltySplit.EpochHash(number), cancellation);
        if (kept.IsZero) throw new VerbException(ExitCode.Refused, $"the vault has not activated epoch {number} yet.");
        if (epoch.Epoch != number || epoch.Hash() != kept) throw new VerbException(ExitCode.Disagrees, $"the node's record of epoch {number} is not the one that the vault activated. Do not trust that node.");
        if (statement is null || statement.Model.Value != model || statement.Epoch != number) throw new VerbException(ExitCode.Disagrees, $"the node's data is not the record of model {model} in epoch {number}. Do not trust that node.");
        var record = new ModelRecord(
            statement.Model, statement.Uses, 0, statement.Consumers, statement.Revenue, [.. statement.Domains.Select(domain => new DomainRecord(domain.Domain, domain.Successes, domain.Trials, 0, 0))]);
        return RecordTree.Verify(number, record, proof, epoch.RecordRoot)
            ? new SettlementResolver.AttestRecordCall(epoch, record, proof)
            : throw new VerbException(ExitCode.Disagrees, $"the node's proof does not lead to epoch {number}'s record root. Do not trust that node.");
    }

    private static Command CreateImport()
    {
        var file = new Argument<string>("file") { Description = "an off-chain attestation of EAS, version 2" };
        return VerbRunner.Create("import", "Gives a node an off-chain attestation, which it checks by the resolver's rules", [Settings.Api], RunAsync, file, Json)
            .Printing("the answer of POST /api/v1/attestations")
            .WithExamples("opensettle attest import statement.json");

        async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
        {
            var path = parsed.GetValue(file) ?? string.Empty;
            var bytes = await AttestOutput.ReadFileAsync("file", path, OffchainFile.MostBytes, cancellation);
            var (attestation, problem) = OffchainFile.Parse(bytes);
            if (attestation is null) throw new VerbException(ExitCode.Usage, $"file: {path}: {problem}.");
            using var api = NodeApi.Of(settings);
            var answer = await api.PostAsync("api/v1/attestations", bytes, cancellation);
            Console.WriteLine(parsed.GetValue(Json) ? answer.ToString() : $"imported {attestation.Uid} of {attestation.Signer.ToChecksumString()}");
        }
    }

    private static Command CreateList()
    {
        var verify = new Option<bool>("--verify") { Description = "read each of them from the chain, and hold what the node says against it" };
        return VerbRunner.Create("list", "Shows what was attested of a model, and what that is worth", [Settings.Api, .. AttestSession.Settings], RunAsync, Model, verify, Json)
            .Printing("attestations: the answer of GET /api/v1/models/{id}/attestations; checks: with --verify, by uid, what the chain says")
            .WithExamples("opensettle attest list 0x1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100", "opensettle attest list 0x1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100 --verify --deployment deployment.json");

        async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
        {
            var model = ModelOf(parsed);
            using var api = NodeApi.Of(settings);
            var answer = await api.GetAsync($"api/v1/models/{model}/attestations", cancellation) ?? throw new VerbException(ExitCode.Refused, $"the node knows no model {model}.");
            IReadOnlyList<ListedAttestation> listed;
            try
            {
                listed = [.. (answer.ValueKind == JsonValueKind.Array ? answer : answer.GetProperty("attestations")).EnumerateArray().Select(ListedAttestation.Read)];
            }
            catch (Exception e) when (e is KeyNotFoundException or FormatException or InvalidOperationException)
            {
                throw new VerbException(ExitCode.Api, $"api: the node's list cannot be read: {e.Message}", e);
            }

            var checks = new Dictionary<Hash32, string>();
            if (parsed.GetValue(verify))
            {
                using var session = await AttestSession.OpenAsync(settings, needsKey: false, cancellation);
                foreach (var one in listed) checks[one.Uid] = await one.CheckAsync(session, cancellation);
            }

            ListedAttestation.Print(listed, checks, parsed.GetValue(Json) ? answer : null);
            if (checks.Values.FirstOrDefault(check => check.StartsWith(ListedAttestation.Differs, StringComparison.Ordinal)) is { } wrong)
                throw new VerbException(ExitCode.Disagrees, $"the node says something else than the chain: {wrong}. Do not trust that node.");
        }
    }
}
