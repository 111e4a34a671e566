using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Verify;

namespace OpenSettle.Demo;

/// <summary>What was found when everything was counted again.</summary>
/// <param name="Problems">Empty where all agrees to the last unit.</param>
public sealed record Reckoning(
    ulong Epochs, IReadOnlyDictionary<Address, UInt256> Credited, IReadOnlyDictionary<Address, UInt256> Claimed, IReadOnlyList<string> Problems);

/// <summary>
/// Holds four counts against one another: the payers' own tally, the chain, the node's books, and every epoch recomputed
/// from its published bundle.
/// </summary>
/// <param name="tokens">Those that were paid in; null: all of the deployment.</param>
public sealed class Reconciliation(LocalChain chain, Deployment deployment, NodeProcess node, Market market, IReadOnlyList<StageToken>? tokens = null)
{
    private readonly List<string> _problems = [];
    private readonly Dictionary<Address, SignedStatement> _lastBatches = [];

    public async Task<Reckoning> RunAsync(int eventsSent, CancellationToken cancellation)
    {
        var status = await node.GetAsync("api/v1/status", cancellation);
        Equal("usage events", (UInt256)(ulong)eventsSent, (UInt256)status.GetProperty("usageEvents").GetUInt64());
        Equal("payments", (UInt256)(ulong)market.Payments, (UInt256)status.GetProperty("payments").GetUInt64());

        var credited = new Dictionary<Address, UInt256>();
        var claimed = new Dictionary<Address, UInt256>();
        foreach (var token in tokens ?? deployment.Tokens)
        {
            credited[token.Address] = await ViewAsync(new RoyaltySplit.CreditedOf(token.Address), cancellation);
            claimed[token.Address] = await ViewAsync(new RoyaltySplit.PaidOf(token.Address), cancellation);
            await CheckTokenAsync(token, status, credited[token.Address], claimed[token.Address], cancellation);
        }

        var (epochs, last) = await VerifyEpochsAsync(cancellation);
        if (last is not null) await CheckAccountsAsync(last, cancellation);
        return new Reckoning(epochs, credited, claimed, _problems);
    }

    private async Task CheckTokenAsync(StageToken token, JsonElement status, UInt256 credited, UInt256 paid, CancellationToken cancellation)
    {
        var books = status.GetProperty("tokens").EnumerateArray().FirstOrDefault(row => row.GetProperty("token").GetString() == token.Address.ToChecksumString());
        if (books.ValueKind == JsonValueKind.Undefined)
        {
            _problems.Add($"{token.Symbol}: the books have nothing of it");
            return;
        }

        UInt256 Book(string name) => UInt256.Parse(books.GetProperty(name).GetString());
        Equal($"{token.Symbol} paid in, by the payers and by the books", market.PaidIn.GetValueOrDefault(token.Address), Book("received"));
        Equal($"{token.Symbol} unswept", UInt256.Zero, Book("unswept"));
        Equal($"{token.Symbol} credited, by the books and by the vault", Book("received"), credited);
        Equal($"{token.Symbol} paid out, by the books and by the vault", Book("paid"), paid);
        Equal($"{token.Symbol} in the books", Book("received"), Book("unswept") + Book("undivided") + Book("suspense") + Book("owed") + Book("paid"));
        var balance = token.Address.IsZero
            ? await chain.Client.GetBalanceAsync(deployment.Id.Vault, BlockRef.Latest, cancellation)
            : await chain.Client.AskAsync(token.Address, new Erc20.BalanceOf(deployment.Id.Vault), BlockRef.Latest, cancellation);
        Equal($"{token.Symbol} in the vault", credited - paid, balance);
        var promised = await ViewAsync(new RoyaltySplit.PromisedOf(token.Address), cancellation);
        if (paid > promised || promised > credited) _problems.Add($"{token.Symbol}: paid {paid} <= promised {promised} <= credited {credited} does not hold");
    }

    private async Task<(ulong Epochs, Bundle? Last)> VerifyEpochsAsync(CancellationToken cancellation)
    {
        var epochs = await ViewAsync(new RoyaltySplit.Epoch(), cancellation);
        VerifiedEpoch? previous = null;
        for (ulong number = 1; number <= epochs; number++)
        {
            var told = await node.GetAsync($"api/v1/epochs/{number}", cancellation);
            Hash32 Word(string name) => Hash32.Parse(told.GetProperty(name).GetString()!);
            var record = new EpochRecord(number, told.GetProperty("lastBlock").GetUInt64(), Word("root"), Word("recordRoot"), Word("bundleHash"));
            if (await ViewAsync(new RoyaltySplit.EpochHash(number), cancellation) != record.Hash())
                _problems.Add($"epoch {number}: the node says {record}, and the vault keeps the hash of another record");
            await using var bytes = await node.GetBytesAsync($"bundles/{record.BundleHash}", cancellation);
            var (report, epoch) = EpochVerifier.Verify(bytes, previous, new EpochOnChain(number, record.Root, record.BundleHash, record.LastBlock, record.RecordRoot));
            if (!report.Agrees) _problems.Add($"epoch {number}: {report.Message}");
            if ((await chain.Client.AskAsync(deployment.Resolver, new SettlementResolver.AttestationOf(number), BlockRef.Latest, cancellation)).IsZero)
                _problems.Add($"epoch {number}: there is no attestation of it");
            if (epoch is null) break;
            await CheckBatchesAsync(epoch.Bundle, cancellation);
            previous = epoch;
        }

        return (epochs, previous?.Bundle);
    }

    /// <summary>Every batch that the epoch took is pulled, and held against its gateway's signature and the bundle.</summary>
    private async Task CheckBatchesAsync(Bundle bundle, CancellationToken cancellation)
    {
        foreach (var stated in bundle.Usage.Batches)
        {
            await using var bytes = await node.GetBytesAsync($"api/v1/batches/{stated.Gateway}/{stated.Number}", cancellation);
            using var whole = new MemoryStream();
            await bytes.CopyToAsync(whole, cancellation);
            whole.Position = 0;
            var (pulled, problem) = BatchFile.Read(whole, deployment.Id.ChainId, deployment.Id.Registry, (stated.Gateway, stated.Number), chain.Provider.Recover);
            var name = $"epoch {bundle.Number}: batch {stated.Number} of {stated.Gateway.ToChecksumString()}";
            if (pulled is null) _problems.Add($"{name}: {problem}");
            else if (pulled.Signed.Statement.Root != stated.Root) _problems.Add($"{name} has root {pulled.Signed.Statement.Root}, and the bundle says {stated.Root}");
            else if (!pulled.Signed.Statement.Follows(_lastBatches.GetValueOrDefault(stated.Gateway))) _problems.Add($"{name} does not follow the one before it");
            if (pulled is not null) _lastBatches[stated.Gateway] = pulled.Signed;
        }
    }

    private async Task CheckAccountsAsync(Bundle last, CancellationToken cancellation)
    {
        foreach (var state in last.After.Accounts)
        {
            var answer = await node.GetAsync($"api/v1/accounts/{state.Account}", cancellation);
            var books = answer.GetProperty("tokens").EnumerateArray().First(row => row.GetProperty("token").GetString() == state.Token.ToChecksumString());
            var claimed = await ViewAsync(new RoyaltySplit.ClaimedOf(state.Account, state.Token), cancellation);
            var who = $"{state.Account.ToChecksumString()}, token {state.Token.ToChecksumString()}";
            Equal($"{who}: earned", state.Earned, UInt256.Parse(books.GetProperty("earned").GetString()));
            // All that was assigned to pushes was pushed, where everything is settled and nobody refused.
            Equal($"{who}: paid", claimed + state.Pushed, UInt256.Parse(books.GetProperty("paid").GetString()));
            if (claimed > state.Leaf) _problems.Add($"{who}: was paid {claimed}, more than its leaf of {state.Leaf}");
        }
    }

    private Task<T> ViewAsync<T>(ContractView<T> view, CancellationToken cancellation) =>
        chain.Client.AskAsync(deployment.Id.Vault, view, BlockRef.Latest, cancellation);

    private void Equal(string what, UInt256 expected, UInt256 actual)
    {
        if (expected != actual) _problems.Add($"{what}: {expected} and {actual} should be equal");
    }
}
