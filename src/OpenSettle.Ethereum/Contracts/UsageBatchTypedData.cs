using OpenSettle.Ethereum.Ports;
using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>
/// A batch's statement as EIP-712 data: what a gateway signs. The registry lists gateways, so it is the contract for
/// which the signature counts; no contract checks it.
/// </summary>
public static class UsageBatchTypedData
{
    private static readonly TypedStruct[] Types =
    [
        new("UsageBatch",
        [
            new("gateway", "address"),
            new("number", "uint64"),
            new("root", "bytes32"),
            new("count", "uint64"),
            new("firstTime", "uint64"),
            new("lastTime", "uint64"),
            new("previous", "bytes32"),
        ]),
    ];

    public static TypedData Of(ulong chainId, Address registry, BatchStatement statement) => new(
        new TypedDataDomain("OpenSettle Usage", "1", chainId, registry),
        Types,
        new TypedValue.Struct(
            statement.Gateway, statement.Number, statement.Root, statement.Count, statement.FirstTime, statement.LastTime, statement.Previous));
}
