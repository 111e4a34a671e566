using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Cli.Attesting;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Cli.Models;

/// <summary>What is about to be changed of a model.</summary>
/// <param name="What">split, lineage or gateways.</param>
/// <param name="Term">What of it has versions; null for gateways, which change at once.</param>
/// <param name="Calls">One transaction each.</param>
/// <param name="After">A line for each thing that holds then.</param>
internal sealed record ModelChange(string What, ModelTerm? Term, IReadOnlyList<ContractCall> Calls, IReadOnlyList<string> After)
{
    public static Option<bool> DryRun { get; } = new("--dry-run") { Description = "check against the registry and show what would change, send nothing" };

    public static Option<bool> Yes { get; } = new("--yes") { Description = "send without asking" };

    /// <summary>
    /// Checks a change against the registry, shows before and after and when it holds, asks, and sends it.
    /// </summary>
    /// <param name="make">Makes the change, once the model is known.</param>
    public static async Task<ChangeForm?> RunAsync(
        SettingsReader settings, ParseResult parsed, string? modelName, Func<ModelChain, ModelId, ulong, Task<ModelChange>> make, CancellationToken cancellation)
    {
        var (dryRun, json) = (parsed.GetValue(DryRun), parsed.GetValue(VerbRunner.Json));
        using var chain = await ModelChain.OpenAsync(settings, cancellation, needsKey: !dryRun);
        using var api = NodeApi.Of(settings);
        var model = await ModelNames.FindAsync(api, modelName, cancellation);
        var number = await chain.AskAsync(new Ethereum.Contracts.ModelRegistry.NumberOf(model.Value), cancellation);
        if (number == 0) throw new VerbException(ExitCode.Refused, $"there is no model {model} on this chain.");
        var owner = await chain.AskAsync(new Ethereum.Contracts.ModelRegistry.OwnerOf(model.Value), cancellation);
        if (chain.Signer is { } signer && signer != owner)
            throw new VerbException(ExitCode.Refused, $"{signer.ToChecksumString()} does not own model {model}: {owner.ToChecksumString()} does, and its terms are the owner's to change.");
        var change = await make(chain, model, number);
        var notice = change.Term is null ? 0 : await chain.AskAsync(new Ethereum.Contracts.ModelRegistry.NoticePeriodOf(model.Value), cancellation);
        var pending = change.Term is { } term ? await chain.AskAsync(new Ethereum.Contracts.ModelRegistry.VersionOf(model.Value, term), cancellation) : default;
        var head = await chain.HeadAsync(cancellation);
        var need = new GasNeed(0, UInt256.Zero);
        foreach (var call in change.Calls)
        {
            var one = await chain.EstimateAsync(owner, call, head, cancellation);
            need = new GasNeed(need.Gas + one.Gas, need.Cost + one.Cost);
        }

        var form = new ChangeForm(model.ToString(), change.What, false, [], null, null, null, notice, need.Gas, need.Cost.ToString(), await BeforeAsync(api, model, change.What, cancellation), change.After, null, null);
        if (!json || !dryRun) Show(new Page(json ? Console.Error : Console.Out, !json && Terminal.Colours, json ? Page.Columns : Terminal.Columns), form, number, pending, head.Timestamp);
        if (dryRun)
        {
            if (json) JsonOutput.Print(form);
            else Console.WriteLine($"{need.Gas.ToString(CultureInfo.InvariantCulture)} gas, about {Amounts.Format(need.Cost, CoinDecimals)} of the chain's coin; nothing was sent");
            return null;
        }

        Asking.Confirm(parsed.GetValue(Yes), $"send {(change.Calls.Count == 1 ? "one transaction" : $"{change.Calls.Count} transactions")}, for about {Amounts.Format(need.Cost, CoinDecimals)} of the chain's coin?");
        return await SendAsync(chain, change, form, cancellation);
    }

    private const byte CoinDecimals = 18;

    private static async Task<ChangeForm> SendAsync(ModelChain chain, ModelChange change, ChangeForm form, CancellationToken cancellation)
    {
        var (gas, cost) = (0UL, UInt256.Zero);
        foreach (var call in change.Calls)
        {
            TransactionReceipt receipt;
            IReadOnlyList<ContractEvent?> said;
            try
            {
                (receipt, said) = await chain.SendAsync(call, cancellation);
            }
            catch (Exception e) when (form.Transactions.Count > 0 && e is ChainException or OperationCanceledException)
            {
                throw new VerbException(e is OperationCanceledException ? ExitCode.Stopped : ExitCode.Chain, $"{form.Transactions.Count} of {change.Calls.Count} transactions were sent, up to {form.Transactions[^1]}; then: {e.Message}", e);
            }

            gas += receipt.GasUsed;
            cost += receipt.Cost;
            form = form with { Sent = true, Transactions = [.. form.Transactions, receipt.TransactionHash.ToString()], Block = receipt.BlockNumber, Gas = gas, Cost = cost.ToString() };
            var (version, from) = said.Select(Version).FirstOrDefault(set => set.Version > 0);
            if (version > 0) form = form with { Version = version, EffectiveAt = Iso(from) };
        }

        return form;
    }

    /// <summary>What was sent, for people or programs.</summary>
    public static void Print(ChangeForm form, bool json)
    {
        if (json)
        {
            JsonOutput.Print(form);
            return;
        }

        foreach (var transaction in form.Transactions) Console.WriteLine($"sent      {transaction}");
        Console.WriteLine($"          in block {form.Block?.ToString(CultureInfo.InvariantCulture)}, {form.Gas.ToString(CultureInfo.InvariantCulture)} gas, {Amounts.Format(UInt256.Parse(form.Cost), CoinDecimals)} of the chain's coin");
        if (form is { Version: { } version, EffectiveAt: { } at }) Console.WriteLine($"version   {version.ToString(CultureInfo.InvariantCulture)}, in force from {Times.Of(DateTimeOffset.Parse(at, CultureInfo.InvariantCulture), Clock.Real)}");
        if (form.TableHash is { } table) Console.WriteLine($"table     {table}{(form.TablePublished == true ? ", published" : string.Empty)}");
    }

    private static (uint Version, ulong From) Version(ContractEvent? said) => said switch
    {
        Ethereum.Contracts.ModelRegistry.SplitSet set => (set.Version, set.EffectiveAt),
        Ethereum.Contracts.ModelRegistry.SplitCommitted set => (set.Version, set.EffectiveAt),
        Ethereum.Contracts.ModelRegistry.LineageSet set => (set.Version, set.EffectiveAt),
        _ => default,
    };

    private static void Show(Page page, ChangeForm form, ulong number, (uint Version, ulong PendingUntil) pending, ulong now)
    {
        page.Heading($"model #{number.ToString(CultureInfo.InvariantCulture)}: {form.Model}");
        if (form.Before is null) page.Item("before    ", "not known: no node says it (set --api)");
        foreach (var line in form.Before ?? []) page.Item("before    ", line);
        if (form.After.Count == 0) page.Item("after     ", "none");
        foreach (var line in form.After) page.Item("after     ", line);
        page.Item("in force  ", form.NoticeSeconds == 0 ? "from the next block on" : $"after {Times.Long(TimeSpan.FromSeconds(form.NoticeSeconds))} of notice: {Times.OfSeconds(now + form.NoticeSeconds, Clock.Real)}");
        if (pending.PendingUntil > now) page.Warning("!         ", $"It takes the place of version {pending.Version.ToString(CultureInfo.InvariantCulture)}, which is set and was to be in force from {Times.OfSeconds(pending.PendingUntil, Clock.Real)}.");
    }

    /// <summary>What holds now, as a node has it: the registry's state does not say it. Null where none is asked.</summary>
    private static async Task<IReadOnlyList<string>?> BeforeAsync(NodeApi api, ModelId model, string what, CancellationToken cancellation)
    {
        try
        {
            if (await api.GetAsync($"api/v1/models/{model}", cancellation) is not { } known) return null;
            string Text(JsonElement part, string name) => Inert.Of(part.GetProperty(name).ToString(), 80);
            if (what == "gateways") return [.. known.GetProperty("gateways").EnumerateArray().Select(gateway => Inert.Of(gateway.ToString(), 60))];
            if (what == "lineage") return [.. known.GetProperty("parents").EnumerateArray().Select(parent => ModelVerbLines.Parent(Text(parent, "model"), parent.GetProperty("share").GetUInt64()))];
            var split = known.GetProperty("split");
            var lines = split.GetProperty("rows").EnumerateArray().Select(row => $"weight {Text(row, "weight")} to {Text(row, "account")}, {Text(row, "role")}").ToList();
            if (Text(split, "poolWeight") is not "0" and var pool) lines.Add($"weight {pool} by measured influence");
            return lines;
        }
        catch (Exception e) when (e is VerbException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static string Iso(ulong seconds) => seconds <= 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds((long)seconds).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) : seconds.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Lines that several places write alike.</summary>
internal static class ModelVerbLines
{
    public static string Parent(string model, ulong millionths) => $"{model} gets {Amounts.Format(millionths, 4)} % of what comes in";
}

/// <summary>A change of a model, for programs.</summary>
/// <param name="Change">split, lineage or gateways.</param>
/// <param name="Version">The one that was set.</param>
/// <param name="EffectiveAt">From when it is in force, in UTC.</param>
/// <param name="NoticeSeconds">The model's notice period.</param>
/// <param name="Cost">In wei.</param>
/// <param name="Before">A line for each thing that holds now, as the node has it.</param>
/// <param name="After">A line for each thing that holds then.</param>
/// <param name="TableHash">Of a split that the chain only commits to.</param>
/// <param name="TablePublished">Whether the node has that table.</param>
internal sealed record ChangeForm(
    string Model,
    string Change,
    bool Sent,
    IReadOnlyList<string> Transactions,
    ulong? Block,
    uint? Version,
    string? EffectiveAt,
    uint NoticeSeconds,
    ulong Gas,
    string Cost,
    IReadOnlyList<string>? Before,
    IReadOnlyList<string> After,
    string? TableHash,
    bool? TablePublished);
