using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Nethereum;

/// <summary>EIP-712 data whose types libraries get wrong: every client signs the same digest, or nothing.</summary>
public sealed class TypedDataTests
{
    private static readonly Address Someone = Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");

    private static readonly TypedDataDomain Whole = new("OpenSettle", "1", 31337, Someone, Keccak256.HashText("salt"));

    public static TheoryData<string> Names => Clients.Names;

    private static Dictionary<string, TypedData> Data { get; } = new(StringComparer.Ordinal)
    {
        ["every elementary type"] = new(
            Whole,
            [new("All", [new("a", "uint8"), new("b", "uint256"), new("c", "bool"), new("d", "address"), new("e", "bytes"), new("f", "bytes1"), new("g", "bytes32"), new("h", "string")])],
            new(7UL, UInt256.MaxValue, true, Someone, Bytes(1, 2, 3), Bytes(255), Keccak256.HashText("g"), "ä 語 2024-01-01T00:00:00")),
        ["nothing in it"] = new(new TypedDataDomain(null, null, null, null), [new("Empty", [])], new()),
        ["arrays of arrays"] = new(
            Whole,
            [new("Table", [new("rows", "uint16[2][]"), new("names", "string[]"), new("words", "bytes32[1]"), new("blobs", "bytes[]"), new("flags", "bool[]"), new("who", "address[]")])],
            new(List(List(1UL, 2UL), List(3UL, 4UL)), List("x", "y"), List(Keccak256.HashText("w")), List(Bytes(), Bytes(9)), List(true, false), List(Someone))),
        ["arrays of structs"] = new(
            Whole,
            [new("Order", [new("legs", "Leg[]"), new("grid", "Leg[][2]"), new("first", "Leg")]), new("Leg", [new("amount", "uint128"), new("note", "Note")]), new("Note", [new("text", "string")])],
            new(List(Leg(1), Leg(2)), List(List(Leg(3)), List()), Leg(4))),
        ["names like elementary types"] = new(
            Whole,
            [new("Holder", [new("a", "Point3"), new("b", "mybytes4")]), new("Point3", [new("x", "uint8")]), new("mybytes4", [new("y", "uint8")])],
            new(new TypedValue.Struct(1UL), new TypedValue.Struct(2UL))),
        ["a type that contains itself"] = new(
            Whole, [new("Node", [new("value", "uint8"), new("children", "Node[]")])], new(1UL, List(new TypedValue.Struct(2UL, List())))),
        ["types that contain each other"] = new(
            Whole, [new("A", [new("bs", "B[]")]), new("B", [new("as", "A[]")])], new(List(new TypedValue.Struct(List())))),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task TypedData_OfEveryShape_IsSignedAsItsDigest(string name)
    {
        var provider = Clients.Named(name, TimeProvider.System);
        var signer = provider.SignerFromPrivateKey(Keccak256.HashText("key"));
        foreach (var (shape, data) in Data)
        {
            var signature = await signer.SignTypedDataAsync(data, CancellationToken.None);
            Assert.True(signer.Address == provider.Recover(data.Digest(), signature), shape);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task TypedData_ThatDoNotFit_AreRefusedWithoutTheirValues(string name)
    {
        var signer = Clients.Named(name, TimeProvider.System).SignerFromPrivateKey(Keccak256.HashText("key"));
        var wrong = new TypedData(Whole, [new("One", [new("text", "uint8")])], new("a secret"));
        var refusal = await Assert.ThrowsAsync<ArgumentException>(async () => await signer.SignTypedDataAsync(wrong, CancellationToken.None));
        Assert.DoesNotContain("secret", refusal.ToString());
    }

    private static TypedValue.Struct Leg(ulong amount) => new(amount, new TypedValue.Struct($"leg {amount}"));

    private static TypedValue.List List(params TypedValue[] items) => new(items);

    private static TypedValue.Bytes Bytes(params byte[] bytes) => new(bytes);
}
