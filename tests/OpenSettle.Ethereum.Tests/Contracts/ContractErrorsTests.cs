using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Contracts;

public sealed class ContractErrorsTests
{
    [Fact]
    public void Describe_ErrorOfOneContract_NamesItAndItsValues() =>
        Assert.Equal(
            "RoyaltySplit.WindowOpen(readyAt: 1732000000)",
            ContractErrors.Describe(new AbiFunction("WindowOpen(uint64)").Call(new AbiWriter().UInt(1_732_000_000))));

    [Fact]
    public void Describe_ErrorOfSeveralContracts_NamesNone() =>
        Assert.Equal(
            $"UnknownModel(modelId: 0x{new string('0', 64)})",
            ContractErrors.Describe(new AbiFunction("UnknownModel(bytes32)").Call(new AbiWriter().UInt(0))));

    [Fact]
    public void Describe_ErrorThatContractsNameValuesOfDifferently_LeavesTheNamesOut() =>
        Assert.Equal(
            "BadSignature(0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266)",
            ContractErrors.Describe(new AbiFunction("BadSignature(address)").Call(new AbiWriter().Account(Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")))));

    [Fact]
    public void Describe_KindOfAChange_IsItsNumber() =>
        Assert.Equal(
            "RoyaltySplit.ChangeNotReady(kind: 4, readyAt: 1732000000)",
            ContractErrors.Describe(new AbiFunction("ChangeNotReady(uint8,uint64)").Call(new AbiWriter().UInt(4).UInt(1_732_000_000))));

    [Fact]
    public void Describe_Addresses_AreTheFormForPeople() =>
        Assert.Equal(
            "RoyaltySplit.BadSigner(signer: 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266)",
            ContractErrors.Describe(new AbiFunction("BadSigner(address)").Call(new AbiWriter().Account(Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")))));

    [Fact]
    public void Describe_ReasonText_IsQuotedOnOneLine() =>
        Assert.Equal("Error(\"two lines\")", ContractErrors.Describe(new AbiFunction("Error(string)").Call(new AbiWriter().Text("two\nlines"))));

    [Fact]
    public void Describe_Panic_ShowsItsCode() =>
        Assert.Equal("Panic(code: 17)", ContractErrors.Describe(new AbiFunction("Panic(uint256)").Call(new AbiWriter().UInt(17))));

    [Theory]
    [InlineData("0x", "reverted without a reason")]
    [InlineData("0x0102", "reverted with 0x0102")]
    [InlineData("0xdeadbeef00", "reverted with an unknown error 0xdeadbeef")]
    [InlineData("0x08c379a0ffffffff", "Error with malformed arguments")]
    public void Describe_StrangeBytes_StillSaysSomething(string data, string expected) => Assert.Equal(expected, ContractErrors.Describe(Hex.Decode(data)));
}
