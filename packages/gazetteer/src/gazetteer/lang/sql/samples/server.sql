/* Of SQL Server, SQLite and Oracle. */
CREATE TABLE [dbo].[Orders](
	[Order Id] [int] IDENTITY(1,1) NOT NULL,
	[Name] NVARCHAR(MAX) NULL CONSTRAINT [df] DEFAULT (N'x'),
	[At] AS (getdate()),
 CONSTRAINT [PK] PRIMARY KEY CLUSTERED ([Order Id] ASC) WITH (PAD_INDEX = OFF) ON [PRIMARY]
) ON [PRIMARY]
GO
CREATE TABLE #local (a int)
GO
CREATE OR ALTER PROCEDURE dbo.Pay
	@Id int,
	@Name nvarchar(20) = N'y' OUTPUT
AS
BEGIN TRAN
	CREATE TABLE no_1 (a int);
	SELECT CASE WHEN @Id = 1 THEN 2 END;
COMMIT
GO
CREATE FUNCTION [dbo].[Half](@x AS int) RETURNS int AS BEGIN RETURN @x / 2; END
GO
:r .\more.sql
CREATE NONCLUSTERED INDEX [ix] ON [dbo].[Orders] ([Name])
GO
CREATE TYPE dbo.Ids AS TABLE (Id int NOT NULL);
CREATE SYNONYM o FOR dbo.Orders;
CREATE VIRTUAL TABLE docs USING fts5(title, body, tokenize = 'porter');
CREATE OR REPLACE PACKAGE tills AS
  PROCEDURE no_2(a IN NUMBER);
  FUNCTION no_3 RETURN NUMBER;
END tills;
/
CREATE OR REPLACE TYPE pot AS OBJECT (depth NUMBER(3), name VARCHAR2(10));
/
@@next.sql
.read dump.sql
CREATE TABLE cut_off (a int, b
