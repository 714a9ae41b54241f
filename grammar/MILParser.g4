// The structure of a MIL program. docs/mil-text.md explains it.
//
// An operation is one call of one rule, with everything written out in it, because that is what makes the generated parser fast. milc calls
// `header`, `signature`, `call`, `opening` and `closing` one after the other, so that nothing grows with the text or with its nesting; the
// rules above them say how they may follow each other.
parser grammar MILParser;
options { tokenVocab = MILLexer; }

program : header function* '}' EOF ;

header : PROGRAM '(' NUMBER ')' ('[' (key '=' VALUE (',' key '=' VALUE)*)? ']')? '{' ;

function : signature operation* closing ';' ;

signature
  : FUNC ID TAG '(' (type ID (',' type ID)*)? ')' ('[' (key '=' VALUE (',' key '=' VALUE)*)? ']')? '{'
  ;

operation : call (block (',' block)*)? ';' ;

// tensor<fp16, [1]> y, fp16 z = op<ios17>(a = x, b = (x, fp16(0x1p+0)))[name = string("y")]
call
  : ( (TYPE | SCALAR) ID (',' (TYPE | SCALAR) ID)* '=' | '(' (TYPE | SCALAR) ID (',' (TYPE | SCALAR) ID)* ')' '=' )?
    ID TAG?
    '('
    ( (ID | SCALAR | PROGRAM | FUNC) '=' (ID | VALUE | '(' ((ID | VALUE) (',' (ID | VALUE))*)? ')')
      (',' (ID | SCALAR | PROGRAM | FUNC) '=' (ID | VALUE | '(' ((ID | VALUE) (',' (ID | VALUE))*)? ')'))*
    )?
    ')'
    ('[' ((ID | SCALAR | PROGRAM | FUNC) '=' VALUE (',' (ID | SCALAR | PROGRAM | FUNC) '=' VALUE)*)? ']')?
  ;

// A nested block: its inputs, if it has any, operations, attributes if any, outputs.
block : opening operation* closing ;
opening : ('(' (type ID (',' type ID)*)? ')')? '{' ;
closing : '}' ('[' (key '=' VALUE (',' key '=' VALUE)*)? ']')? '->' '(' (ID (',' ID)*)? ')' ;

type : TYPE | SCALAR ;
// Words of the language may name arguments and attributes.
key : ID | SCALAR | PROGRAM | FUNC ;
