using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.EndToEnd.Tests.Crash;

/// <summary>A log's place.</summary>
internal readonly record struct LogAt(ulong Block, uint Index);

/// <summary>Money that came to the rail or to a pay address.</summary>
internal sealed record PaidIn(LogAt At, ModelIdText Model, Address Token, UInt256 Amount, bool ByRail);

/// <summary>A model's id, as text: what is compared is written out when it differs.</summary>
internal readonly record struct ModelIdText(string Text);

/// <summary>A transaction of the node's account that was mined.</summary>
/// <param name="Effects">Logs of the contracts in it.</param>
internal sealed record OperatorTransaction(ulong Block, Hash32 Hash, ulong Nonce, Address To, bool Succeeded, ulong GasUsed, UInt256 GasPrice, int Effects);

/// <summary>
/// What a chain says happened, read from its logs and blocks alone: none of the node's own reading of facts is used. It grows with the
/// chain, which has to be one that takes nothing back.
/// </summary>
internal sealed class ChainRecord(StageFixture stage, Func<IReadOnlyList<StageModel>> models) : IDisposable
{
    private readonly RawRpc _rpc = new(stage.Chain.Rpc);
    private ulong _next;

    /// <summary>The last block that was read.</summary>
    public ulong Head => _next - 1;

    public List<PaidIn> Payments { get; } = [];

    /// <summary>What the vault and the resolver said, in order.</summary>
    public List<(LogAt At, ContractEvent Event)> Said { get; } = [];

    public List<OperatorTransaction> Operator { get; } = [];

    public IEnumerable<T> Events<T>(ulong upTo = ulong.MaxValue)
        where T : ContractEvent => Said.Where(said => said.At.Block <= upTo).Select(said => said.Event).OfType<T>();

    /// <summary>Reads on to the newest block.</summary>
    public async Task ExtendAsync(CancellationToken cancellation)
    {
        var head = await stage.Chain.Client.GetBlockAsync(BlockRef.Latest, cancellation) ?? throw new InvalidOperationException("The chain has no block.");
        if (head.Number < _next) return;
        var known = models().ToDictionary(model => model.PayAddress, model => new ModelIdText(model.Id.ToString()));
        foreach (var log in await stage.Chain.Client.GetLogsAsync(new LogFilter(_next, head.Number, [], []), cancellation)) Take(log, known);
        for (var number = _next; number <= head.Number; number++) await TakeBlockAsync(number, cancellation);
        _next = head.Number + 1;
    }

    public void Dispose() => _rpc.Dispose();

    private void Take(LogEntry log, Dictionary<Address, ModelIdText> known)
    {
        var at = new LogAt(log.BlockNumber, log.LogIndex);
        var id = stage.Deployment.Id;
        if (log.Address == id.Vault && RoyaltySplit.Decode(log) is { } vault) Said.Add((at, vault));
        else if (log.Address == stage.Deployment.Resolver && SettlementResolver.Decode(log) is { } resolver) Said.Add((at, resolver));
        else if (log.Address == id.Rail && InferencePayments.Decode(log) is InferencePayments.Paid paid)
            Payments.Add(new PaidIn(at, new ModelIdText(paid.ModelId.ToString()), paid.Token, paid.Amount, ByRail: true));
        else if (known.TryGetValue(log.Address, out var model) && ModelAccount.Decode(log) is ModelAccount.NativeReceived coin)
            Payments.Add(new PaidIn(at, model, Address.Zero, coin.Amount, ByRail: false));
        else if (log.Address == stage.Deployment.Dollar.Address && Erc20.Decode(log) is { } transfer && known.TryGetValue(transfer.To, out var to))
            Payments.Add(new PaidIn(at, to, log.Address, transfer.Amount, ByRail: false));
    }

    private async Task TakeBlockAsync(ulong number, CancellationToken cancellation)
    {
        var block = await _rpc.CallAsync("eth_getBlockByNumber", cancellation, $"0x{number:x}", true);
        foreach (var item in block.GetProperty("transactions").EnumerateArray())
        {
            string Text(string name) => item.GetProperty(name).GetString() ?? string.Empty;
            if (Address.Parse(Text("from")) != stage.Cast.Operator) continue;
            var hash = Hash32.Parse(Text("hash"));
            var receipt = await stage.Chain.Client.GetReceiptAsync(hash, cancellation) ?? throw new InvalidOperationException($"The chain has {hash}, and no receipt of it.");
            var effects = receipt.Logs.Count(log => log.Address == stage.Deployment.Id.Vault || log.Address == stage.Deployment.Resolver);
            Operator.Add(new OperatorTransaction(
                number, hash, Convert.ToUInt64(Text("nonce"), 16), Address.Parse(Text("to")), receipt.Succeeded, receipt.GasUsed, receipt.EffectiveGasPrice, effects));
        }
    }
}
