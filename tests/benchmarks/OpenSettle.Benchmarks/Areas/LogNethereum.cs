#if WITH_NETHEREUM
using System.Net;
using System.Numerics;
using Nethereum.Contracts;
using Nethereum.Contracts.Standards.ERC20.ContractDefinition;
using Nethereum.JsonRpc.Client;
using Nethereum.RPC.Eth.DTOs;
using Nethereum.RPC.Eth.Filters;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>The peer: Nethereum's own client over an answer in memory, and its typed events.</summary>
internal static class LogNethereum
{
    public static Func<byte[], BigInteger>? Reader { get; } = Sum;

    private static BigInteger Sum(byte[] reply)
    {
        var address = new Uri("http://127.0.0.1/");
        using var http = new HttpClient(new InMemory(reply)) { BaseAddress = address };
        var logs = new EthGetLogs(new RpcClient(address, http)).SendRequestAsync(new NewFilterInput()).GetAwaiter().GetResult();
        var sum = BigInteger.Zero;
        foreach (var transfer in logs.DecodeAllEvents<TransferEventDTO>()) sum += transfer.Event.Value;
        return sum;
    }

    private sealed class InMemory(byte[] reply) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(reply) });
    }
}
#else
using System.Numerics;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>Nethereum is not in this build.</summary>
internal static class LogNethereum
{
    public static Func<byte[], BigInteger>? Reader => null;
}
#endif
