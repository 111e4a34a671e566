using System.CommandLine;
using System.Globalization;
using OpenSettle.Cli.Models;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle model split, lineage, gateway: what only the owner changes, checked against the registry before anything is signed.</summary>
internal static partial class ModelVerb
{
    private const string ExampleModel = "'#3'";
    private const int MostParents = 16;
    private const uint Whole = 1_000_000;

    private static readonly Option<string[]> RowOption = new("--row") { Description = "who shares, as ACCOUNT:WEIGHT:ROLE, again for each; OWNER follows the model's token", HelpName = "ROW" };
    private static readonly Option<string?> PoolOption = new("--pool") { Description = "weight of the part that is divided by measured influence; with --fallback", HelpName = "WEIGHT" };
    private static readonly Option<string[]> FallbackOption = new("--fallback") { Description = "who shares the pool where no influence was measured, as ACCOUNT:WEIGHT:ROLE, again for each", HelpName = "ROW" };
    private static readonly Option<string?> TableOption = new("--table") { Description = $"a file instead of rows: a table's text, or JSON as a draft's split; with more than {SplitTables.MostWhole} rows the chain gets its hash", HelpName = "FILE" };
    private static readonly Option<bool> CommitOption = new("--commit") { Description = "give the chain the table's hash alone, however small it is" };
    private static readonly Option<string?> TableUriOption = new("--uri") { Description = "where a table that the chain has the hash of will be found; {hash} stands for its hash", HelpName = "ADDRESS" };
    private static readonly Option<string[]> ParentOption = new("--parent") { Description = "a parent as MODEL:SHARE, with the share in millionths of what comes in, again for each", HelpName = "PARENT" };
    private static readonly Option<bool> NoneOption = new("--none") { Description = "no parents any more" };
    private static readonly Option<string[]> AddOption = new("--add") { Description = "list this gateway, again for each", HelpName = "ADDRESS" };
    private static readonly Option<string[]> RemoveOption = new("--remove") { Description = "list it no longer, again for each", HelpName = "ADDRESS" };

    private static Command CreateSplit() => VerbRunner.Create(
        "split", "Sets who shares a model's revenue, after its notice period (its owner)", ModelChain.Settings, SplitAsync,
        Model, RowOption, PoolOption, FallbackOption, TableOption, CommitOption, TableUriOption, Wait, ModelChange.DryRun, ModelChange.Yes, VerbRunner.Json)
        .Printing<ChangeForm>()
        .WithExamples(
            $"opensettle model split {ExampleModel} --row OWNER:45:training --row 0x70997970C51812dc3A010C7d01b50e0d17dc79C8:55:data --deployment deployment.json --sender-key file:owner.key --dry-run",
            $"opensettle model split {ExampleModel} --row OWNER:9:training --pool 1 --fallback 0x70997970C51812dc3A010C7d01b50e0d17dc79C8:1:curation --deployment deployment.json --sender-key file:owner.key",
            $"opensettle model split {ExampleModel} --table split.json --deployment deployment.json --sender-key file:owner.key --yes");

    private static Command CreateLineage() => VerbRunner.Create(
        "lineage", "Sets what a model derives from, and the shares that flow up, after its notice period (its owner)", ModelChain.Settings, LineageAsync,
        Model, ParentOption, NoneOption, ModelChange.DryRun, ModelChange.Yes, VerbRunner.Json)
        .Printing<ChangeForm>()
        .WithExamples(
            $"opensettle model lineage {ExampleModel} --parent '#1:200000' --parent '#2:50000' --deployment deployment.json --sender-key file:owner.key --dry-run",
            $"opensettle model lineage {ExampleModel} --none --deployment deployment.json --sender-key file:owner.key");

    private static Command CreateGateway() => VerbRunner.Create(
        "gateway", "Lists the gateways whose usage counts for a model, or takes them off the list; at once (its owner)", ModelChain.Settings, GatewayAsync,
        Model, AddOption, RemoveOption, ModelChange.DryRun, ModelChange.Yes, VerbRunner.Json)
        .Printing<ChangeForm>()
        .WithExamples($"opensettle model gateway {ExampleModel} --add 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --deployment deployment.json --sender-key file:owner.key");

    private static async Task SplitAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var table = await TableAsync(parsed, cancellation);
        var patience = Patience(parsed);
        var commit = parsed.GetValue(CommitOption) || table.Rows.Count + table.Fallback.Count > SplitTables.MostWhole;
        var text = TableText.Of(table);
        var hash = Keccak256.Hash(text);
        if (!commit && parsed.GetValue(TableUriOption) is not null) throw new VerbException(ExitCode.Usage, "--uri: the chain has the whole table, and no address of it. With --commit it has the hash and the address.");
        var uri = (parsed.GetValue(TableUriOption) ?? string.Empty).Replace("{hash}", hash.ToString(), StringComparison.Ordinal);
        var kept = string.Empty;
        var form = await ModelChange.RunAsync(
            settings, parsed, parsed.GetValue(Model),
            async (chain, model, _) =>
            {
                var owner = await chain.AskAsync(new ModelRegistry.OwnerSentinel(), cancellation);
                // Before its hash is on chain: a table that is lost leaves the money waiting.
                if (commit && !parsed.GetValue(ModelChange.DryRun)) kept = await Publishing.KeepAsync(Environment.CurrentDirectory, $"table-{hash.ToString()[2..18]}.txt", text, cancellation);
                var shown = SplitTables.Describe(table).ToList();
                return new ModelChange(
                    "split", ModelTerm.Split, [new ModelRegistry.SetSplitCall(model.Value, SplitTables.ToContract(table, owner, commit, uri))],
                    commit ? [$"table {hash} of {(table.Rows.Count + table.Fallback.Count).ToString(CultureInfo.InvariantCulture)} rows, by its hash alone", .. shown.Take(SplitTables.MostWhole)] : shown);
            },
            cancellation);
        if (form is null) return;
        var trouble = commit ? await Publishing.OfferAsync(settings, $"api/v1/tables/{hash}", text, $"opensettle table {kept}", patience, cancellation) : null;
        ModelChange.Print(commit ? form with { TableHash = hash.ToString(), TablePublished = trouble is null } : form, parsed.GetValue(VerbRunner.Json));
        if (trouble is not null) await Console.Error.WriteLineAsync($"opensettle: {trouble}");
    }

    private static async Task<Registry.SplitTable> TableAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var (rows, pool, fallback, file) = (parsed.GetValue(RowOption) ?? [], parsed.GetValue(PoolOption), parsed.GetValue(FallbackOption) ?? [], parsed.GetValue(TableOption));
        if (file is null == (rows.Length == 0 && pool is null)) throw new VerbException(ExitCode.Usage, "who shares? Give --row ACCOUNT:WEIGHT:ROLE for each, or --table FILE.");
        if (file is not null)
        {
            if (fallback.Length > 0) throw new VerbException(ExitCode.Usage, "--fallback: the file has the whole table.");
            var read = SplitTables.Read("--table", file, await Publishing.ReadAsync("--table", file, SplitTables.MostBytes, cancellation));
            SplitTables.Require("--table", read);
            return read;
        }

        UInt128 weight = 0;
        if (pool is not null && !UInt128.TryParse(pool, NumberStyles.None, CultureInfo.InvariantCulture, out weight)) throw new VerbException(ExitCode.Usage, $"--pool: '{Inert.Of(pool, 40)}' is not a weight: a whole number.");
        var table = new Registry.SplitTable(1, [.. rows.Select(row => SplitTables.Row("--row", row))]) { PoolWeight = weight, Fallback = [.. fallback.Select(row => SplitTables.Row("--fallback", row))] };
        SplitTables.Require("--row", table);
        return table;
    }

    private static async Task LineageAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var given = (parsed.GetValue(ParentOption) ?? []).Select(ParentOf).ToList();
        if (parsed.GetValue(NoneOption) == given.Count > 0) throw new VerbException(ExitCode.Usage, "which parents? Give --parent MODEL:SHARE for each, or --none.");
        if (given.Count > MostParents) throw new VerbException(ExitCode.Usage, $"--parent: {given.Count} are given, and at most {MostParents} are taken.");
        if (given.Sum(parent => (long)parent.ShareMillionths) is > Whole and var sum) throw new VerbException(ExitCode.Usage, $"--parent: the shares sum to {sum.ToString(CultureInfo.InvariantCulture)} millionths, more than 1000000.");
        var form = await ModelChange.RunAsync(
            settings, parsed, parsed.GetValue(Model),
            async (chain, model, number) =>
            {
                var parents = new List<Ethereum.Contracts.Parent>();
                using var api = NodeApi.Of(settings);
                foreach (var (name, share) in given)
                {
                    var parent = (await ModelNames.FindAsync(api, name, cancellation)).Value;
                    var its = await chain.AskAsync(new ModelRegistry.NumberOf(parent), cancellation);
                    if (its == 0) throw new VerbException(ExitCode.Refused, $"--parent: {parent} is not registered on this chain.");
                    if (its >= number) throw new VerbException(ExitCode.Refused, $"--parent: {parent} is number {its.ToString(CultureInfo.InvariantCulture)}, and this model is number {number.ToString(CultureInfo.InvariantCulture)}. A parent was registered before its child, so that no lineage goes in a circle.");
                    if (parents.Any(known => known.ModelId == parent)) throw new VerbException(ExitCode.Usage, $"--parent: {parent} stands there twice.");
                    parents.Add(new Ethereum.Contracts.Parent(parent, share));
                }

                return new ModelChange("lineage", ModelTerm.Lineage, [new ModelRegistry.SetLineageCall(model.Value, parents)], [.. parents.Select(parent => ModelVerbLines.Parent(parent.ModelId.ToString(), parent.Share))]);
            },
            cancellation);
        if (form is not null) ModelChange.Print(form, parsed.GetValue(VerbRunner.Json));
    }

    private static DraftParent ParentOf(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && uint.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var share) && share is > 0 and <= Whole
            ? new DraftParent(text[..colon], share)
            : throw new VerbException(ExitCode.Usage, $"--parent: '{Inert.Of(text, 100)}' is not MODEL:SHARE, with a share of 1 to 1000000 millionths: '#1:200000' gives 20 %.");
    }

    private static async Task GatewayAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var changes = (parsed.GetValue(AddOption) ?? []).Select(text => (Gateway: GatewayOf("--add", text), Listed: true))
            .Concat((parsed.GetValue(RemoveOption) ?? []).Select(text => (Gateway: GatewayOf("--remove", text), Listed: false))).ToList();
        if (changes.Count == 0) throw new VerbException(ExitCode.Usage, "which gateways? Give --add ADDRESS or --remove ADDRESS.");
        if (changes.DistinctBy(change => change.Gateway).Count() != changes.Count) throw new VerbException(ExitCode.Usage, "--add, --remove: a gateway stands there twice.");
        var form = await ModelChange.RunAsync(
            settings, parsed, parsed.GetValue(Model),
            (_, model, _) => Task.FromResult(new ModelChange(
                "gateways", null, [.. changes.Select(change => new ModelRegistry.SetGatewayCall(model.Value, change.Gateway, change.Listed))],
                [.. changes.Select(change => $"{change.Gateway.ToChecksumString()} {(change.Listed ? "is listed: its usage counts" : "is not listed: its usage does not count")}")])),
            cancellation);
        if (form is not null) ModelChange.Print(form, parsed.GetValue(VerbRunner.Json));
    }

    private static Address GatewayOf(string option, string text) => Address.TryParse(text, out var gateway) && !gateway.IsZero
        ? gateway
        : throw new VerbException(ExitCode.Usage, $"{option}: '{Inert.Of(text, 80)}' is not an account: 0x and 40 hexadecimal digits, not all zero, mixed case with a right checksum.");
}
